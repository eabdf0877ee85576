// Makes libFuzzer look for evaluations that take long: each length of time that was not seen before counts
// as new coverage, and one that is far beyond a filter's bound ends the run.
#pragma once

#include <string>
#include <string_view>

#include "lib/filter.h"

namespace vtp::fuzz {

// Evaluates, and holds the time to five times most_filter_time; what the sanitizers cost is in that.
// The longest evaluation of a run is told when it ends.
FilterOutcome timed_evaluation(EventTree& tree, Filter& filter);

}  // namespace vtp::fuzz
