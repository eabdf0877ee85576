// A clock that a test sets.
#pragma once

#include <atomic>

#include "lib/base/clock.h"

namespace vtp {

class TestClock : public Clock {
 public:
  // 2026-11-22T12:42:50.123456Z
  explicit TestClock(Time start = Time{std::chrono::microseconds{1'795'351'370'123'456}})
      : now_(start.time_since_epoch().count()) {}

  [[nodiscard]] Time now() const override { return Time{std::chrono::microseconds{now_.load()}}; }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace vtp
