#include "lib/store/clock_check.h"

#include <optional>

#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("events.db");
  TestClock clock;
  std::optional<Database> database;
  std::optional<ClockCheck> check;

  Fixture() { start(); }
  void start() {
    check.reset();
    database.emplace(path, Sync::off);
    check.emplace(*database);
  }
  bool believed() { return !check->doubt(clock.now()); }
  bool believed_after(microseconds time) {
    clock.advance(time);
    return believed();
  }
};

}  // namespace

TEST_CASE("a clock is believed at first, and as it goes on") {
  Fixture fixture;
  CHECK(fixture.believed());
  for (int i = 0; i < 100; ++i)
    CHECK(fixture.believed_after(hours(1)));
  fixture.start();
  CHECK(fixture.believed_after(days(1) - hours(1)));
}

TEST_CASE("a clock that is far ahead is doubted until it has gone on for a day") {
  Fixture fixture;
  CHECK(fixture.believed());
  const Time before = fixture.clock.now();
  fixture.clock.advance(days(40));
  CHECK(fixture.check->doubt(fixture.clock.now()) == before);
  CHECK_FALSE(fixture.believed_after(hours(1)));
  fixture.start();
  CHECK_FALSE(fixture.believed_after(hours(22)));
  CHECK(fixture.believed_after(hours(1)));
  CHECK(fixture.believed_after(hours(1)));
}

TEST_CASE("a clock that is set right again has changed nothing") {
  Fixture fixture;
  CHECK(fixture.believed());
  CHECK_FALSE(fixture.believed_after(days(40)));
  CHECK(fixture.believed_after(hours(1) - days(40)));
  CHECK_FALSE(fixture.believed_after(days(40)));
  CHECK_FALSE(fixture.believed_after(-days(20)));  // and the day begins anew
  CHECK_FALSE(fixture.believed_after(hours(23)));
  CHECK(fixture.believed_after(hours(1)));
}

TEST_CASE("a clock that is set back is believed") {
  Fixture fixture;
  CHECK(fixture.believed());
  CHECK(fixture.believed_after(-days(40)));
  CHECK_FALSE(fixture.believed_after(days(40)));
}

TEST_CASE("of a database that has no such thing the newest event or key tells") {
  Fixture fixture;
  const auto add_of_earlier_version = [&](const std::string& sql) {
    fixture.check.reset();
    fixture.database.reset();
    run_sql(fixture.path, (without_archive + sql +
                           "; DROP TABLE rising; DROP TABLE clock; DROP TABLE partition; "
                           "DROP TABLE shared_log; PRAGMA user_version = 3")
                              .c_str());
    fixture.start();
  };
  const std::string now = std::to_string(fixture.clock.now().time_since_epoch().count());
  SECTION("an event") {
    add_of_earlier_version("INSERT INTO event VALUES(1, x'', '', '', '', " + now + ", '', x'')");
    CHECK_FALSE(fixture.believed_after(days(40)));
  }
  SECTION("a key") {
    add_of_earlier_version("INSERT INTO seen VALUES(1, x'', " + now + ", 0)");
    CHECK_FALSE(fixture.believed_after(days(40)));
  }
  SECTION("an event, in version 4") {
    fixture.check.reset();
    fixture.database.reset();
    run_sql(fixture.path, (without_archive + "INSERT INTO event VALUES(1, x'', '', '', '', " + now +
                           ", '', x''); DROP TABLE clock; DROP TABLE partition; DROP TABLE "
                           "shared_log; PRAGMA user_version = 4")
                              .c_str());
    fixture.start();
    CHECK_FALSE(fixture.believed_after(days(40)));
  }
  SECTION("nothing") {
    add_of_earlier_version("SELECT 1");
    CHECK(fixture.believed_after(days(40)));
  }
}

}  // namespace vtp
