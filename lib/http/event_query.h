// The parameters of /api/v1/events as a query of the archive.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "lib/archive/query.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace vtp {

struct EventQuery {
  static constexpr std::size_t most = 1000;

  Query query{};            // for the newest events first
  std::size_t limit = 100;  // of the events in one answer, at most `most`
};

// The problem is one line, with the parameter's name. now: for times before it, such as 7d.
[[nodiscard]] Result<EventQuery> event_query_in(
    const std::map<std::string, std::string>& parameters, Time now);

// The cursor of the page after the one that ends with this event.
[[nodiscard]] std::string cursor_after(Sequence seq);

}  // namespace vtp
