#include "tests/fuzz/filter_time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace vtp::fuzz {
namespace {

// libFuzzer looks at them after each input, as it does at the counters of the code's edges.
constexpr std::size_t steps = 256;
__attribute__((section("__libfuzzer_extra_counters"))) std::array<std::uint8_t, steps> reached;

// A step for each twentieth of the bound and more.
void note(double share) { reached[std::min(static_cast<std::size_t>(20 * share), steps - 1)] = 1; }

struct Longest {
  double share = 0;  // of its bound
  std::chrono::nanoseconds time{};
  std::string filter;

  ~Longest() {
    std::fprintf(stderr, "longest evaluation: %.1f ms, %.2f times filter_time, of %s\n",
                 static_cast<double>(time.count()) / 1e6, share, filter.c_str());
  }
};

}  // namespace

FilterOutcome timed_evaluation(EventTree& tree, std::size_t bytes, Filter& filter) {
  static Longest longest;
  FilterOutcome outcome;
  const std::chrono::nanoseconds bound = filter_time(bytes);
  const auto time = require_time(5 * bound, "an evaluation keeps to its bound",
                                 [&] { outcome = tree.evaluate(filter); });
  const double share = static_cast<double>(time.count()) / static_cast<double>(bound.count());
  note(share);
  if (share > longest.share) {
    longest.share = share;
    longest.time = time;
    longest.filter = filter.text();
  }
  return outcome;
}

}  // namespace vtp::fuzz
