#include "lib/followers/log_cursor.h"

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"
#include "tests/support/sql.h"

namespace vtp {
namespace {

constexpr std::size_t much = 1'000'000;

struct Fixture : OpenedLog {
  void append(const std::string& letters) {
    for (const char c : letters) {
      const std::string bytes(1, c);
      auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
      CHECK(run_to_end(context, events->append(std::move(event), "them")) == Stored::first);
    }
  }
  // Events up to and including that cursor go, and so does what is in memory.
  void forget(int up_to) {
    const std::string sql = "DELETE FROM event WHERE seq <= " + std::to_string(up_to);
    run_sql(folder.file("events.db"), sql.c_str());
    open();
  }
  std::string next(LogCursor& cursor, std::size_t most_bytes = much) {
    std::string letters;
    EventLog::Reader reader(*events);
    for (const LogEntry& entry : cursor.next(reader, most_bytes)) {
      letters += entry.event->bytes;
      cursor.pass(entry);
    }
    return letters;
  }
  void resume(LogCursor& cursor, const Resumption& wish) {
    EventLog::Reader reader(*events);
    cursor.resume(reader, wish);
  }
};

}  // namespace

TEST_CASE("a cursor can be left where it is if the event is not known") {
  Fixture fixture;
  fixture.append("ab");
  LogCursor cursor(*fixture.events);
  EventLog::Reader reader(*fixture.events);
  CHECK_FALSE(cursor.resume_if_known(reader, {digest_of("c"), std::nullopt}));
  CHECK_FALSE(cursor.has_resumed());
  fixture.append("c");
  CHECK(cursor.resume_if_known(reader, {digest_of("c"), std::nullopt}));
  CHECK(cursor.has_resumed());
  CHECK(cursor.at_end());
}

TEST_CASE("a cursor begins behind what is there, and goes on with what comes") {
  Fixture fixture;
  fixture.append("ab");
  LogCursor cursor(*fixture.events);
  CHECK(cursor.at_end());
  CHECK_FALSE(cursor.has_resumed());
  fixture.append("cde");
  CHECK(cursor.behind() == 3);
  CHECK(fixture.next(cursor, 2) == "cd");
  CHECK(cursor.last() == digest_of("d"));
  CHECK_FALSE(cursor.gave_all());
  CHECK(fixture.next(cursor) == "e");
  CHECK(cursor.gave_all());
  CHECK(fixture.next(cursor).empty());
  CHECK(cursor.at_end());
  CHECK(cursor.take_missed() == 0);
}

TEST_CASE("a cursor that is resumed has caught up behind what was there then") {
  Fixture fixture;
  fixture.append("abc");
  LogCursor cursor(*fixture.events);
  fixture.resume(cursor, {digest_of("a"), {}});
  CHECK(cursor.has_resumed());
  CHECK(cursor.last() == digest_of("a"));
  CHECK(cursor.behind() == 2);
  fixture.append("d");
  CHECK(fixture.next(cursor, 1) == "b");
  CHECK_FALSE(cursor.has_caught_up());
  CHECK(fixture.next(cursor, 1) == "c");
  CHECK(cursor.has_caught_up());
  CHECK_FALSE(cursor.at_end());
}

TEST_CASE("behind the last event nothing is left, and behind none either") {
  Fixture fixture;
  fixture.append("ab");
  for (const Resumption& wish : {Resumption{digest_of("b"), {}}, Resumption{}}) {
    LogCursor cursor(*fixture.events);
    fixture.resume(cursor, wish);
    CHECK(cursor.has_caught_up());
    CHECK(cursor.behind() == 0);
    CHECK(cursor.last() == digest_of("b"));
  }
}

TEST_CASE("an unknown event stands for all that is kept, unless there is a time") {
  Fixture fixture;
  fixture.append("ab");
  fixture.clock.advance(std::chrono::hours(1));
  fixture.append("cd");
  fixture.forget(1);
  LogCursor cursor(*fixture.events);
  fixture.resume(cursor, {digest_of("unknown"), {}});
  CHECK(cursor.began_unknown());
  CHECK(cursor.behind() == 3);
  CHECK(cursor.take_missed() == 0);
  CHECK(fixture.next(cursor) == "bcd");
  LogCursor other(*fixture.events);
  fixture.resume(other, {digest_of("unknown"), fixture.clock.now()});
  CHECK(fixture.next(other) == "cd");
}

TEST_CASE(
    "a cursor that has fallen off what is kept goes on with the first, and knows what it missed") {
  Fixture fixture;
  fixture.append("abcdef");
  LogCursor cursor(*fixture.events);
  fixture.resume(cursor, {digest_of("a"), {}});
  CHECK(fixture.next(cursor, 1) == "b");
  fixture.forget(4);
  CHECK(fixture.next(cursor) == "ef");
  CHECK(cursor.take_missed() == 2);
  CHECK(cursor.take_missed() == 0);
}

TEST_CASE("when everything behind a cursor is forgotten, all of it is missed") {
  Fixture fixture;
  fixture.append("abc");
  LogCursor cursor(*fixture.events);
  fixture.resume(cursor, {digest_of("a"), {}});
  fixture.forget(3);
  CHECK(fixture.next(cursor).empty());
  CHECK(cursor.take_missed() == 2);
  CHECK(cursor.has_caught_up());
}

}  // namespace vtp
