#include "lib/broker/session_place.h"

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
  // Events up to and including that place go, and so does what is in memory.
  void forget(int up_to) {
    const std::string sql = "DELETE FROM event WHERE seq <= " + std::to_string(up_to);
    run_sql(folder.file("events.db"), sql.c_str());
    open();
  }
  std::string next(SessionPlace& place, std::size_t most_bytes = much) {
    std::string letters;
    EventLog::Reader reader(*events);
    for (const LogEntry& entry : place.next(reader, most_bytes)) {
      letters += entry.event->bytes;
      place.pass(entry);
    }
    return letters;
  }
  void resume(SessionPlace& place, const Resumption& wish) {
    EventLog::Reader reader(*events);
    place.resume(reader, wish);
  }
};

}  // namespace

TEST_CASE("a place begins behind what is there, and goes on with what comes") {
  Fixture fixture;
  fixture.append("ab");
  SessionPlace place(*fixture.events);
  CHECK(place.at_end());
  CHECK_FALSE(place.has_resumed());
  fixture.append("cde");
  CHECK(place.behind() == 3);
  CHECK(fixture.next(place, 2) == "cd");
  CHECK(place.last() == digest_of("d"));
  CHECK_FALSE(place.gave_all());
  CHECK(fixture.next(place) == "e");
  CHECK(place.gave_all());
  CHECK(fixture.next(place).empty());
  CHECK(place.at_end());
  CHECK(place.take_missed() == 0);
}

TEST_CASE("a place that is resumed has caught up behind what was there then") {
  Fixture fixture;
  fixture.append("abc");
  SessionPlace place(*fixture.events);
  fixture.resume(place, {digest_of("a"), {}});
  CHECK(place.has_resumed());
  CHECK(place.last() == digest_of("a"));
  CHECK(place.behind() == 2);
  fixture.append("d");
  CHECK(fixture.next(place, 1) == "b");
  CHECK_FALSE(place.has_caught_up());
  CHECK(fixture.next(place, 1) == "c");
  CHECK(place.has_caught_up());
  CHECK_FALSE(place.at_end());
}

TEST_CASE("behind the last event nothing is left, and behind none either") {
  Fixture fixture;
  fixture.append("ab");
  for (const Resumption& wish : {Resumption{digest_of("b"), {}}, Resumption{}}) {
    SessionPlace place(*fixture.events);
    fixture.resume(place, wish);
    CHECK(place.has_caught_up());
    CHECK(place.behind() == 0);
    CHECK(place.last() == digest_of("b"));
  }
}

TEST_CASE("an unknown event stands for all that is kept, unless there is a time") {
  Fixture fixture;
  fixture.append("ab");
  fixture.clock.advance(std::chrono::hours(1));
  fixture.append("cd");
  fixture.forget(1);
  SessionPlace place(*fixture.events);
  fixture.resume(place, {digest_of("unknown"), {}});
  CHECK(place.began_unknown());
  CHECK(place.behind() == 3);
  CHECK(place.take_missed() == 0);
  CHECK(fixture.next(place) == "bcd");
  SessionPlace other(*fixture.events);
  fixture.resume(other, {digest_of("unknown"), fixture.clock.now()});
  CHECK(fixture.next(other) == "cd");
}

TEST_CASE(
    "a place that has fallen off what is kept goes on with the first, and knows what it missed") {
  Fixture fixture;
  fixture.append("abcdef");
  SessionPlace place(*fixture.events);
  fixture.resume(place, {digest_of("a"), {}});
  CHECK(fixture.next(place, 1) == "b");
  fixture.forget(4);
  CHECK(fixture.next(place) == "ef");
  CHECK(place.take_missed() == 2);
  CHECK(place.take_missed() == 0);
}

TEST_CASE("when everything behind a place is forgotten, all of it is missed") {
  Fixture fixture;
  fixture.append("abc");
  SessionPlace place(*fixture.events);
  fixture.resume(place, {digest_of("a"), {}});
  fixture.forget(3);
  CHECK(fixture.next(place).empty());
  CHECK(place.take_missed() == 2);
  CHECK(place.has_caught_up());
}

}  // namespace vtp
