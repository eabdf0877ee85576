// What is looked for in the archive: the stored events of a database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/cursors.h"
#include "lib/voevent/event.h"
#include "lib/voevent/sky.h"

namespace vtp {

enum class FoundOrder {
  received,  // the order of the log
  newest,    // the same, backwards
  time,      // of the observation, then of the log; events without one come first
  distance   // from the centre of the cone, then of the log; needs a cone
};

// Whether events can have that role (VOEvent 2.0, section 3.1).
[[nodiscard]] bool is_role(std::string_view text);

// An event is found if it fulfils all that is given. Ivorns are compared as folded() in facts.h says.
struct Query {
  std::optional<Time> since;           // received at this time or later
  std::optional<Time> until;           // received before this time
  std::optional<Time> observed_since;  // time of the observation, the same way
  std::optional<Time> observed_until;
  std::optional<std::string> stream;  // what its ivorn without the local part begins with
  std::optional<std::string> role;
  std::optional<std::string> author;  // Who/AuthorIVORN
  std::optional<std::string> ivorn;
  std::optional<std::string> concept_;  // each of its parts (facts.h) is one of the event's
  std::optional<Cone> cone;  // its position, in RA and Dec, is in this circle or on its edge
  std::optional<std::string> cites;     // it cites the event with this ivorn
  std::optional<std::string> cited_by;  // the event with this ivorn cites it
  std::optional<Digest> digest;
  std::vector<std::string> filters;  // XPath that compiles: at least one matches, if there is any
  FoundOrder order = FoundOrder::received;
  // Only the last so many in this order; for distance, the nearest; for newest, the first so many.
  std::optional<std::uint64_t> most;
  std::optional<Sequence> before;  // only events of the log before this one, for pages
  bool whole_headline = true;      // otherwise only ivorn and role are in it, which is faster
};

}  // namespace vtp
