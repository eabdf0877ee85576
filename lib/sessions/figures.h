// What a broker counts of its events, for its metrics.
#pragma once

#include <array>
#include <cstddef>

#include "lib/base/metrics.h"

namespace vtp {

// What became of an event that a peer sent.
enum class Fate {
  accepted,      // it is in the log
  duplicate,     // it was seen before
  not_voevent,   // its root is not named VOEvent
  invalid,       // it is malformed or invalid, or has a DTD or a wrong ivorn
  not_admitted,  // by the list of peers, which has ivorns and rates
  signature,     // it is not signed as it must be
  too_large,     // larger than --max-size
  no_memory,     // the memory for peers is used up
  filtered,      // it does not meet --filter
  log_refuses,   // the shared log does not take it
  cannot_store   // the log cannot be written
};
inline constexpr std::size_t fates = 11;

// Its label values in the metrics: result is "accepted", "duplicate", "refused" or "failed"; the
// reason of the first is empty.
struct FateName {
  const char* result;
  const char* reason;
};
[[nodiscard]] FateName name_of(Fate fate);

// Any thread.
class Fates {
 public:
  void add(Fate fate) { counts_[static_cast<std::size_t>(fate)].add(); }
  [[nodiscard]] std::uint64_t of(Fate fate) const {
    return counts_[static_cast<std::size_t>(fate)].value();
  }

 private:
  std::array<Counter, fates> counts_;
};

inline constexpr double shortest_seconds = 0.0001;  // the first bound of histograms of times

// Of the authors of an event loop.
struct AuthorFigures {
  Fates fates;
  Counter bytes;                            // of all that they sent
  Histogram ack_seconds{shortest_seconds};  // from the last byte of an event to its ack
};

// Of the subscribers of an event loop.
struct SubscriberFigures {
  Counter events;                                // sent, each to one subscriber
  Counter bytes;                                 // of these
  Histogram delivery_seconds{shortest_seconds};  // as DeliverySample has it
};

}  // namespace vtp
