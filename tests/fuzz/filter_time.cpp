#include "tests/fuzz/filter_time.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "tests/fuzz/fuzz.h"

namespace vtp::fuzz {
namespace {

// libFuzzer looks at them after each input, as it does at the counters of the code's edges.
constexpr std::size_t steps = 256;
__attribute__((section("__libfuzzer_extra_counters"))) std::array<std::uint8_t, steps> reached;

// From 100 us up, each a tenth longer.
void note(std::chrono::nanoseconds time) {
  const double ratio = static_cast<double>(time.count()) / 100'000;
  if (ratio < 1) return;
  const auto step = static_cast<std::size_t>(std::log(ratio) / std::log(1.1));
  reached[std::min(step, steps - 1)] = 1;
}

struct Longest {
  std::chrono::nanoseconds time{};
  std::string filter;

  ~Longest() {
    std::fprintf(stderr, "longest evaluation: %lld ms, of %s\n",
                 static_cast<long long>(time.count() / 1'000'000), filter.c_str());
  }
};

}  // namespace

FilterOutcome timed_evaluation(EventTree& tree, Filter& filter) {
  static Longest longest;
  FilterOutcome outcome;
  const auto time = require_time(5 * most_filter_time, "an evaluation keeps to its bound",
                                 [&] { outcome = tree.evaluate(filter); });
  note(time);
  if (time > longest.time) longest = {time, filter.text()};
  return outcome;
}

}  // namespace vtp::fuzz
