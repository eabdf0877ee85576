#include "lib/voevent/test_event.h"

#include "lib/voevent/check.h"
#include "lib/voevent/ivoid.h"
#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {

TEST_CASE("a test event is valid, and its bytes say what its headline does") {
  for (const std::string ivo : {"ivo://test.broker/a", "ivo://test.broker/a'(&)\"<b"}) {
    const EventPtr event = make_test_event(ivo, TestClock().now());
    Checker checker;
    const CheckResult& check = checker.check(event->bytes);
    INFO(check.reason);
    CHECK(check.verdict == Verdict::valid);
    CHECK(check.headline.ivorn == ivo + "#TestEvent-2026-11-22T12:42:50Z");
    CHECK(check.headline.ivorn == event->headline.ivorn);
    CHECK(check.headline.role == "test");
    CHECK(check.headline.author == ivo);
    CHECK(check.headline.date == "2026-11-22T12:42:50Z");
    CHECK(event->digest == digest_of(event->bytes));
    CHECK(parse_ivoid(event->headline.ivorn));
  }
}

TEST_CASE("a broker knows its own test events by their ivorns") {
  const std::string ivorn = make_test_event("ivo://a.b/c", Time{})->headline.ivorn;
  CHECK(is_test_event_of("ivo://a.b/c", ivorn));
  CHECK_FALSE(is_test_event_of("ivo://a.b/d", ivorn));
  CHECK_FALSE(is_test_event_of("", ivorn));
  CHECK_FALSE(is_test_event_of("ivo://a.b/c", "ivo://a.b/c#1"));
}

}  // namespace vtp
