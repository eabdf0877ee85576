// How many events an author may send in a time: so many a second, and some at once.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace vtp {

// The highest rate, and the largest burst, that can be given.
inline constexpr double max_rate = 1'000'000;

struct Rate {
  double each_second = 0;  // events, above 0
  double burst = 0;        // events at once, at least 1

  // "10/s", "0.5/s", "10/s,50": the events per second, up to max_rate, and how many of them may come
  // at once; without the second number as many as in a second, and at least one.
  [[nodiscard]] static Result<Rate> parse(std::string_view text);

  bool operator==(const Rate&) const = default;
};

// "10/s,50".
[[nodiscard]] std::string text_of(const Rate& rate);

// What is left of a rate: full at first, and filled again as time passes. One thread at a time.
class RateBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Whether one more event is within the rate; if so, it is counted. The rate may be another one
  // each time.
  [[nodiscard]] bool take(const Rate& rate, TimePoint now);

 private:
  bool begun_ = false;
  double left_ = 0;  // events
  TimePoint filled_{};
};

}  // namespace vtp
