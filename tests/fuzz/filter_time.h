// Makes libFuzzer look for evaluations that take long: each length of time that was not seen before counts
// as new coverage, and one that is far beyond a filter's bound ends the run.
#pragma once

#include <cstddef>

#include "lib/filter/filter.h"

namespace vtp::fuzz {

// Evaluates on the tree of an event of so many bytes, and holds the time to five times filter_time of that;
// what the sanitizers cost is in it. The evaluation that came nearest is told when the run ends.
FilterOutcome timed_evaluation(EventTree& tree, std::size_t bytes, Filter& filter);

}  // namespace vtp::fuzz
