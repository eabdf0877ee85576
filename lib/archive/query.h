// What is looked for in the archive: the stored events of a database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/cursors.h"
#include "lib/voevent/event.h"

namespace vtp {

// A circle on the sky, in degrees: RA 0 to 360, Dec -90 to 90, radius 0 to 180.
struct Cone {
  double ra = 0;
  double dec = 0;
  double radius = 0;
};

enum class FoundOrder {
  received,  // the order of the log
  time,      // of the observation; events without one come first
  distance   // from the centre of the cone; needs one
};

// An event is found if it fulfils all that is given.
struct Query {
  std::optional<Time> since;           // received at this time or later
  std::optional<Time> until;           // received before this time
  std::optional<Time> observed_since;  // time of the observation, the same way
  std::optional<Time> observed_until;
  std::optional<std::string> stream;  // what its ivorn without the local part begins with
  std::optional<std::string> role;
  std::optional<std::string> author;  // Who/AuthorIVORN
  std::optional<std::string> ivorn;
  std::optional<std::string> concept_;  // one of Why/Concept, Why/Inference/Concept
  std::optional<Cone> cone;  // its position, in RA and Dec, is in this circle or on its edge
  std::optional<std::string> cites;     // it cites the event with this ivorn
  std::optional<std::string> cited_by;  // the event with this ivorn cites it
  std::optional<Digest> digest;
  std::vector<std::string> filters;  // XPath: at least one matches, if there is any
  FoundOrder order = FoundOrder::received;
  // Only the last so many in this order; for distance, the nearest.
  std::optional<std::uint64_t> most;
  std::optional<Sequence> before;  // only events of the log before this one, for pages
};

}  // namespace vtp
