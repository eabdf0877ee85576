// Resumption: how a subscriber that was away says where to continue, and how a broker answers. An
// extension of the protocol in the Params of its messages, which other implementations ignore; see
// vtp(7).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"
#include "lib/vtp/transport.h"

namespace vtp {

inline constexpr std::chrono::seconds longest_resume_wait{3600};

// Where a subscriber wants its broker to begin: after the event, if the broker has it; otherwise at
// the time, if given.
struct Resumption {
  std::optional<Digest> after;  // the last event that it has; none: only new events
  std::optional<Time> since;    // events that the broker received at this time or later
  // How long the broker may wait for the event to come, if it does not have it; at most
  // longest_resume_wait.
  std::chrono::seconds wait{0};

  bool operator==(const Resumption&) const = default;
};

// The resumption that a subscriber's authenticate requests; nothing if it requests none. A value
// that cannot be parsed is left out, with one line of diagnostics in `problems`.
[[nodiscard]] std::optional<Resumption> resumption_in(const Transport& message,
                                                      std::vector<std::string>& problems);

// The Params that request it.
[[nodiscard]] std::vector<Param> params_of(const Resumption& resumption);

// What a broker's iamalive tells a subscriber that has requested a resumption: first how many
// events will follow, then that all of them have been sent.
struct Resuming {
  std::uint64_t behind = 0;  // number of events in the log after the subscriber's cursor
};
struct CaughtUp {
  std::optional<Digest> last;  // the last event in the log; none if the log is empty
};

[[nodiscard]] Param param_of(const Resuming& resuming);
[[nodiscard]] Param param_of(const CaughtUp& caught_up);

// The content of an iamalive, if it has this Param and its value can be parsed.
[[nodiscard]] std::optional<Resuming> resuming_in(const Transport& message);
[[nodiscard]] std::optional<CaughtUp> caught_up_in(const Transport& message);

}  // namespace vtp
