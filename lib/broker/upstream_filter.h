// Filters that a broker asks itself about events from upstream: on a worker, beside the event loop, since who
// sends an event there may mean harm.
#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/log.h"
#include "lib/filter/filter_set.h"
#include "lib/net/budget.h"
#include "lib/net/worker.h"
#include "lib/voevent/event.h"

namespace vtp {

// Runs on one thread, and on the worker's. What it is given must live longer.
class UpstreamFilter {
 public:
  // texts: of which max_filters count, and at least one compiles; a line in the log for those that do not
  // count. memory: what trees are taken out of; none: they are not counted.
  UpstreamFilter(Worker& worker, const std::vector<std::string>& texts, MemoryBudget* memory,
                 const Log& log);

  // True if the event meets one of them. Those that ask get their answers in the order in which they have
  // asked, each on its own executor. A filter that exceeds a bound or fails is told once in the log (filter.h).
  [[nodiscard]] asio::awaitable<bool> meets(EventPtr event);

 private:
  struct Answer {
    bool meets = false;
    std::vector<std::string> problems;
  };
  Answer answer_on(const Event& event);

  Worker& worker_;
  const Log& log_;
  // An account of its own: what one upstream costs holds up no other.
  const AccountPtr account_ = std::make_shared<Account>();
  // The worker's, once something was asked.
  FilterPool pool_;
  FilterSet filters_;
  MemoryBudget::Holder tree_;
};

}  // namespace vtp
