#include "lib/base/clock.h"

#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {

TEST_CASE("time is written as xs:dateTime in UTC") {
  const TestClock clock;
  CHECK(utc_text(clock.now()) == "2026-11-22T12:42:50Z");
  CHECK(utc_text(clock.now(), Fraction::milliseconds) == "2026-11-22T12:42:50.123Z");
  CHECK(utc_text(clock.now(), Fraction::microseconds) == "2026-11-22T12:42:50.123456Z");
  CHECK(utc_text(Time{}) == "1970-01-01T00:00:00Z");
}

TEST_CASE("a time before 1970 is on the right day") {
  CHECK(utc_text(Time{std::chrono::seconds{-1}}) == "1969-12-31T23:59:59Z");
}

TEST_CASE("the system's clock goes") {
  const Clock clock;
  CHECK(clock.now() > Time{});
}

}  // namespace vtp
