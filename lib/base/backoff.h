// Growing pauses between retries of something that may fail for a long time.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace vtp {

// Each pause is twice as long as the one before, up to the longest, and is shortened at random, so
// that many programs that lost the same peer do not all reconnect at once. One thread at a time.
class BackOff {
 public:
  using Duration = std::chrono::milliseconds;

  BackOff(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}

  // How long to wait now: a random time between half of the pause and all of it.
  [[nodiscard]] Duration next() {
    std::uniform_int_distribution<Duration::rep> chance(next_.count() / 2, next_.count());
    const Duration pause{chance(chance_)};
    next_ = std::min(2 * next_, longest_);
    return pause;
  }

  // Call after a success: the next pause is the first one again.
  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
  std::minstd_rand chance_{std::random_device{}()};
};

}  // namespace vtp
