// The kinds of peers that bench_fairness puts beside a pair that behaves well, each on a broker of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/fairness_load.h"

namespace vtp {

// What the broker has in its log when it starts.
enum class OldEvents : std::uint8_t { none, some, many };

struct FairnessKind {
  std::string name;
  PeerPlans load;
  PeerPlans before = {};                  // what has happened when the measurement begins
  std::vector<std::string> options = {};  // of the broker
  OldEvents old_events = OldEvents::none;
  std::size_t descriptors = 0;  // that the broker may have; 0: as many as there are
  bool upstream = false;        // the broker subscribes to one of them
};

// How large they are: as attacks have been, or small enough for a machine that only has to see that it works.
struct FairnessScale {
  bool quick = false;
  [[nodiscard]] std::size_t of(std::size_t full, std::size_t small) const {
    return quick ? small : full;
  }
};

// What is hard to read: large or odd documents and messages, from authors, subscribers and upstream.
[[nodiscard]] std::vector<FairnessKind> hard_to_read(FairnessScale scale);
// What is costly to answer: filters, and questions about the log.
[[nodiscard]] std::vector<FairnessKind> costly_to_answer(FairnessScale scale);
// What uses something up: descriptors, memory, the log's disk, time for each message.
[[nodiscard]] std::vector<FairnessKind> never_enough(FairnessScale scale);
// What is nobody's fault: many who behave well.
[[nodiscard]] std::vector<FairnessKind> only_busy(FairnessScale scale);

}  // namespace vtp
