// Pauses between tries of what may be out of order for long.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace vtp {

// Each pause is twice as long as the one before, up to the longest, and is cut by chance, so that
// many who lost the same peer do not come back at once. One thread at a time.
class BackOff {
 public:
  using Duration = std::chrono::milliseconds;

  BackOff(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}

  // How long to wait now: between half of the pause and all of it.
  [[nodiscard]] Duration next() {
    std::uniform_int_distribution<Duration::rep> chance(next_.count() / 2, next_.count());
    const Duration pause{chance(chance_)};
    next_ = std::min(2 * next_, longest_);
    return pause;
  }

  // It went well: the next pause is the first one again.
  void reset() { next_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration next_;
  std::minstd_rand chance_{std::random_device{}()};
};

}  // namespace vtp
