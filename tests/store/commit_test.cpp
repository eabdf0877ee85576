#include "lib/store/commit.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include <asio/detached.hpp>

#include "tests/store/commit_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/running.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture : CommitFixture {
  Fixture() { begin(std::make_unique<Store>(path)); }

  // Appends the event until it is taken; false if it never is.
  bool taken_in_the_end(const std::string& bytes) {
    for (int i = 0; i < 300; ++i) {
      if (append({bytes}) == std::vector{Stored::first}) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  // Appends all of them at once.
  std::vector<Stored> append(const std::vector<std::string>& events) {
    std::vector<std::future<Stored>> futures;
    futures.reserve(events.size());
    for (const std::string& bytes : events)
      futures.push_back(
          asio::co_spawn(context, commit->append(event_of(bytes), "them"), asio::use_future));
    context.restart();
    context.run_for(test_timeout);
    std::vector<Stored> outcomes;
    for (auto& future : futures)
      outcomes.push_back(future.get());
    return outcomes;
  }
};

std::int64_t number(const std::string& path, const char* sql) {
  return Database(path, Sync::normal).run(sql);
}

}  // namespace

TEST_CASE("what is appended is on disk when its author hears of it") {
  Fixture fixture;
  CHECK(fixture.append({"a"}) == std::vector{Stored::first});
  CHECK(Store(fixture.path).size() == 1);
  CHECK(fixture.append({"a"}) == std::vector{Stored::duplicate});
}

TEST_CASE("of many authors with the same event at the same instant one is first") {
  Fixture fixture;
  const auto outcomes = fixture.append(std::vector<std::string>(100, "same"));
  CHECK(std::ranges::count(outcomes, Stored::first) == 1);
  CHECK(std::ranges::count(outcomes, Stored::duplicate) == 99);
}

TEST_CASE("what is new is in the tail, in the order of the log, when its author hears of it") {
  Fixture fixture;
  fixture.append({"a", "b", "a"});
  const auto entries = fixture.tail.after(0, 1000);
  REQUIRE(entries->size() == 2);
  CHECK(entries->at(0).seq == 1);
  CHECK(entries->at(0).event->bytes == "a");
  CHECK(entries->at(1).event->bytes == "b");
}

TEST_CASE("what waits at the end is still written") {
  Fixture fixture;
  auto outcome = asio::co_spawn(fixture.context, fixture.commit->append(event_of("last"), "them"),
                                asio::use_future);
  fixture.context.run_one();  // up to the wait for the store
  fixture.commit.reset();
  CHECK(Store(fixture.path).size() == 1);
  fixture.context.run_for(test_timeout);
  CHECK(outcome.get() == Stored::first);
}

TEST_CASE("a failure is told to those who waited, and the next try may succeed") {
  Fixture fixture;
  run_sql(fixture.path,
          "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(FAIL, 'no'); END");
  CHECK(fixture.append({"a", "b"}) == std::vector{Stored::failed, Stored::failed});
  run_sql(fixture.path, "DROP TRIGGER broken");
  CHECK(fixture.append({"a", "b"}) == std::vector{Stored::first, Stored::first});
}

TEST_CASE("an event that the database does not take keeps none of the others out") {
  Fixture fixture;
  run_sql(fixture.path,
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.bytes = CAST('b' AS BLOB) "
          "BEGIN SELECT RAISE(FAIL, 'no'); END");
  CHECK(fixture.append({"a", "b", "c"}) ==
        std::vector{Stored::first, Stored::failed, Stored::first});
  CHECK(fixture.said() == "test: Cannot store : " + fixture.path + ": no\n");
}

TEST_CASE(
    "when the disk fails, that is said once, and what comes is refused until a try succeeds") {
  Fixture fixture;
  std::filesystem::rename(fixture.path, fixture.path + ".away");
  CHECK(fixture.append({"a", "b"}) == std::vector{Stored::failed, Stored::failed});
  std::filesystem::rename(fixture.path + ".away", fixture.path);
  CHECK(fixture.append({"a"}) == std::vector{Stored::failed});
  CHECK(fixture.taken_in_the_end("a"));
  CHECK(fixture.append({"a", "b"}) == std::vector{Stored::duplicate, Stored::first});
  const std::string said = fixture.said();
  CHECK(said.starts_with("test: Cannot store events: " + fixture.path +
                         ": was removed or replaced while in use; none is accepted until that "
                         "works again\ntest: Storing events again; "));
  CHECK(std::ranges::count(said, '\n') == 2);
  CHECK(fixture.tail.last() == Store(fixture.path).last());
}

TEST_CASE("a database that was moved away takes no events, and those it has can be read") {
  Fixture fixture;
  Store reader(fixture.path);
  CHECK(fixture.append({"a"}) == std::vector{Stored::first});
  std::filesystem::rename(fixture.path, fixture.path + ".away");
  CHECK(fixture.append({"b"}) == std::vector{Stored::failed});
  CHECK(fixture.said().find("was removed or replaced while in use") != std::string::npos);
  CHECK(reader.read_after(0, 1000).size() == 1);
  SECTION("it is put back") {}
  SECTION("another stands in its place for a while") {
    Store(fixture.folder.file("other.db"));
    std::filesystem::rename(fixture.folder.file("other.db"), fixture.path);
    CHECK(fixture.append({"b"}) == std::vector{Stored::failed});
  }
  std::filesystem::rename(fixture.path + ".away", fixture.path);
  CHECK(fixture.taken_in_the_end("b"));
  CHECK(reader.read_after(0, 1000).size() == 2);
}

TEST_CASE("a broker whose disk fails can be stopped") {
  Fixture fixture;
  std::filesystem::remove(fixture.path);
  CHECK(fixture.append({"a"}) == std::vector{Stored::failed});
  fixture.commit.reset();
}

TEST_CASE("a clock that is set back changes neither the order nor what is kept") {
  Fixture fixture;
  fixture.append({"a"});
  fixture.clock.advance(std::chrono::days(-40));
  fixture.append({"b"});
  fixture.clock.advance(std::chrono::days(20));
  fixture.append({"c"});
  fixture.commit.reset();
  // By the clock as it is now "b" is 20 days old, and the others are not older than today.
  fixture.commit.emplace(std::make_unique<Store>(fixture.path), fixture.tail, Keep{}, fixture.clock,
                         fixture.diagnostics);
  CHECK(fixture.append({"a", "b", "c"}) == std::vector(3, Stored::duplicate));
  const auto entries = Store(fixture.path).read_after(0, 1000);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].event->bytes == "a");
  CHECK(entries[1].event->bytes == "b");
  CHECK(entries[2].event->bytes == "c");
}

TEST_CASE(
    "events older than they are kept are forgotten when it starts, if the clock is believed") {
  Fixture fixture;
  fixture.append({"old"});
  const auto start_after = [&](std::chrono::days time, const std::string& event) {
    fixture.commit.reset();
    fixture.clock.advance(time);
    fixture.commit.emplace(std::make_unique<Store>(fixture.path), fixture.tail, Keep{},
                           fixture.clock, fixture.diagnostics);
    fixture.append({event});
    fixture.commit.reset();
  };
  start_after(std::chrono::days(31), "new");
  CHECK(Store(fixture.path).size() == 2);
  CHECK(fixture.said() ==
        "test: The clock says 2026-12-23T12:42:50Z, and said 2026-11-22T12:42:50Z when it was last "
        "trusted: no event is forgotten by age until the clock has run on for 1 day(s)\n");
  start_after(std::chrono::days(1), "newer");
  CHECK(Store(fixture.path).size() == 2);
  CHECK_FALSE(Store(fixture.path).find(digest_of("old")));
}

TEST_CASE("events that are too much for what is kept lose their bytes, and stay known") {
  Fixture fixture;
  fixture.append({"first", "second", "third"});
  fixture.commit.reset();
  const Keep keep{Keep{}.time, 6};
  fixture.commit.emplace(std::make_unique<Store>(fixture.path), fixture.tail, keep, fixture.clock,
                         fixture.diagnostics);
  fixture.append({"4"});
  fixture.commit.reset();
  const auto left = Store(fixture.path).read_after(0, 1000);
  REQUIRE(left.size() == 2);
  CHECK(left[0].event->bytes == "third");
  CHECK(Store(fixture.path).size() == 4);
}

TEST_CASE("what another program is letting through waits for the outcome, and nothing else does") {
  for (const bool lives : {true, false}) {
    Fixture fixture;
    Database database(fixture.path, Sync::normal);
    DigestIndex index(database);
    std::optional<SeenTable> other(std::in_place, database, index);
    Claim claim = 0;
    {
      Database::Transaction transaction(database);
      claim = other->begin_claim();
      other->add(digest_of("claimed"), fixture.clock.now(), claim);
      transaction.commit();
    }
    auto waits = asio::co_spawn(
        fixture.context, fixture.commit->append(event_of("claimed"), "them"), asio::use_future);
    CHECK(run_to_end(fixture.context, fixture.commit->append(event_of("b"), "them")) ==
          Stored::first);
    CHECK(run_to_end(fixture.context, fixture.commit->append(event_of("b"), "them")) ==
          Stored::duplicate);
    CHECK(waits.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    if (lives)
      other->confirm(claim);
    else
      other.reset();
    fixture.context.restart();
    fixture.context.run_for(test_timeout);
    CHECK(waits.get() == (lives ? Stored::duplicate : Stored::first));
  }
}

TEST_CASE("what is still claimed when it ends could not be stored") {
  Fixture fixture;
  Database database(fixture.path, Sync::normal);
  DigestIndex index(database);
  SeenTable other(database, index);
  {
    Database::Transaction transaction(database);
    other.add(digest_of("claimed"), fixture.clock.now(), other.begin_claim());
    transaction.commit();
  }
  auto waits = asio::co_spawn(fixture.context, fixture.commit->append(event_of("claimed"), "them"),
                              asio::use_future);
  fixture.context.run_one();
  fixture.commit.reset();
  fixture.context.run_for(test_timeout);
  CHECK(waits.get() == Stored::failed);
}

TEST_CASE("a cursor is on disk soon, with events or without, and is the newest of its name") {
  Fixture fixture;
  const auto cursor = [&] { return number(fixture.path, "SELECT seq FROM handler"); };
  for (const Sequence seq : {1u, 5u, 3u})
    fixture.commit->keep_cursor("print", seq);
  CHECK(comes_true(fixture.context, [&] { return cursor() == 5; }));
  fixture.commit->keep_cursor("print", 6);
  fixture.append({"a"});
  CHECK(cursor() == 6);
  fixture.commit->keep_cursor("print", 2);
  fixture.append({"b"});
  CHECK(cursor() == 6);
}

TEST_CASE("cursors that wait at the end are still written") {
  Fixture fixture;
  fixture.commit->keep_cursor("print", 7);
  fixture.commit->keep_cursor("a.b:8099", digest_of("a"));
  fixture.commit.reset();
  CHECK(number(fixture.path, "SELECT seq FROM handler") == 7);
  CHECK(number(fixture.path, "SELECT count(*) FROM upstream") == 1);
}

TEST_CASE("cursors that cannot be written are tried again, and the log says so once") {
  Fixture fixture;
  run_sql(fixture.path,
          "CREATE TRIGGER broken BEFORE INSERT ON handler BEGIN SELECT RAISE(FAIL, 'no'); END");
  fixture.commit->keep_cursor("print", 7);
  const auto complaints = [&] {
    const std::string logged = content(fixture.folder.file("log"));
    std::size_t count = 0;
    for (std::size_t at = 0; (at = logged.find("Cannot save cursors", at)) != std::string::npos;
         ++at)
      ++count;
    return count;
  };
  CHECK(comes_true(fixture.context, [&] { return complaints() == 1; }));
  fixture.commit->keep_cursor("print", 8);
  CHECK(fixture.append({"a"}) == std::vector{Stored::failed});
  run_sql(fixture.path, "DROP TRIGGER broken");
  CHECK(comes_true(fixture.context,
                   [&] { return number(fixture.path, "SELECT seq FROM handler") == 8; }));
  CHECK(complaints() == 1);
}

}  // namespace vtp
