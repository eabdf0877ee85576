// The time of day, as an object that is passed in, so that a test can set it; and times as text.
#pragma once

#include <chrono>
#include <string>

namespace vtp {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

// The system's clock. A test's own clock overrides now(). Any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  // UTC, without leap seconds; may jump back when the machine's clock is set.
  [[nodiscard]] virtual Time now() const;
};

enum class Fraction { none, milliseconds, microseconds };

// xs:dateTime in UTC: "2026-11-22T12:42:50Z", or with a fraction "2026-11-22T12:42:50.123Z".
// For the years 0 to 9999.
[[nodiscard]] std::string utc_text(Time time, Fraction fraction = Fraction::none);

}  // namespace vtp
