// How a subscriber that was away says where to go on, and how a broker answers: an extension of the
// protocol, in the Params of its messages, which peers that do not know it pass over. vtp(7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"
#include "lib/vtp/transport.h"

namespace vtp {

// Where a subscriber wants its broker to begin. The event counts if the broker knows it, else the
// time, if there is one.
struct Resumption {
  std::optional<Digest> after;  // the last event that it has; none: nothing that is older than now
  std::optional<Time> since;    // when the broker received the first that it wants

  bool operator==(const Resumption&) const = default;
};

// What a subscriber's authenticate asks for; nothing if it does not ask. What cannot be understood is
// left out, with a line for people in `problems`.
[[nodiscard]] std::optional<Resumption> resumption_in(const Transport& message,
                                                      std::vector<std::string>& problems);

// The Params that ask for it.
[[nodiscard]] std::vector<Param> params_of(const Resumption& resumption);

// What a broker's iamalive says to one who has asked: how many events there are to come, and that
// those have been sent.
struct Resuming {
  std::uint64_t behind = 0;  // events of the log behind the subscriber's cursor
};
struct CaughtUp {
  std::optional<Digest> last;  // the last event of the log; none if that has none
};

[[nodiscard]] Param param_of(const Resuming& resuming);
[[nodiscard]] Param param_of(const CaughtUp& caught_up);

// What an iamalive says, if it says that, and can be understood.
[[nodiscard]] std::optional<Resuming> resuming_in(const Transport& message);
[[nodiscard]] std::optional<CaughtUp> caught_up_in(const Transport& message);

}  // namespace vtp
