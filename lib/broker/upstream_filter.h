// Filters that a broker applies to events from upstream: on the worker, beside the event loop,
// since the sender of an event may be malicious.
#pragma once

#include <string>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/filter/filter_set.h"
#include "lib/net/budget.h"
#include "lib/net/worker.h"
#include "lib/voevent/event.h"

namespace vtp {

// One thread, and the worker's. All arguments must live longer.
class UpstreamFilter {
 public:
  // texts: the first max_filters of them are used, and at least one must compile; a line in the
  // diagnostics reports each that is not used. memory: the budget for trees; nullptr: none.
  UpstreamFilter(Worker& worker, const std::vector<std::string>& texts, MemoryBudget* memory,
                 const Diagnostics& diagnostics);

  // True if the event passes at least one filter. Calls are answered in their order, each on its
  // own executor. A filter that exceeds a limit or fails is reported once (filter.h).
  [[nodiscard]] asio::awaitable<bool> meets(EventPtr event);

 private:
  struct Answer {
    bool meets = false;
    std::vector<std::string> problems;
  };
  Answer answer_on(const Event& event);

  Worker& worker_;
  const Diagnostics& diagnostics_;
  // Its own account: the cost of one upstream delays no other.
  const AccountPtr account_ = std::make_shared<Account>();
  // Used by the worker after the first call.
  FilterPool pool_;
  FilterSet filters_;
  MemoryBudget::Holder tree_;
};

}  // namespace vtp
