#include "lib/commit.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

#include <asio/detached.hpp>

#include "tests/catch.h"
#include "tests/loopback.h"
#include "tests/running.h"
#include "tests/sql.h"
#include "tests/temporary.h"
#include "tests/test_clock.h"

namespace vtp {
namespace {

EventPtr event(const std::string& bytes) {
  return std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
}

// A store, the thread that writes it, and a context that waits for it.
struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("events.db");
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Log log{"test", LineStyle::tool, Level::error, clock, log_fd};
  asio::io_context context;
  Tail tail{0};
  std::optional<GroupCommit> commit{std::in_place,  std::make_unique<Store>(path),
                                    std::ref(tail), std::chrono::days(30),
                                    clock,          log};

  ~Fixture() {
    commit.reset();
    ::close(log_fd);
  }

  // Appends all of them at once.
  std::vector<Stored> append(const std::vector<std::string>& events) {
    std::vector<std::future<Stored>> futures;
    futures.reserve(events.size());
    for (const std::string& bytes : events)
      futures.push_back(
          asio::co_spawn(context, commit->append(event(bytes), "them"), asio::use_future));
    context.restart();
    context.run_for(test_patience);
    std::vector<Stored> outcomes;
    for (auto& future : futures)
      outcomes.push_back(future.get());
    return outcomes;
  }
};

std::int64_t number(const std::string& path, const char* sql) {
  return Database(path, Sync::now_and_then).run(sql);
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
  auto outcome = asio::co_spawn(fixture.context, fixture.commit->append(event("last"), "them"),
                                asio::use_future);
  fixture.context.run_one();  // up to the wait for the store
  fixture.commit.reset();
  CHECK(Store(fixture.path).size() == 1);
  fixture.context.run_for(test_patience);
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

TEST_CASE("events older than they are kept are forgotten when it starts") {
  Fixture fixture;
  fixture.append({"old"});
  fixture.commit.reset();
  fixture.clock.advance(std::chrono::days(31));
  fixture.commit.emplace(std::make_unique<Store>(fixture.path), fixture.tail, std::chrono::days(30),
                         fixture.clock, fixture.log);
  fixture.append({"new"});
  fixture.commit.reset();
  CHECK(Store(fixture.path).size() == 1);
}

TEST_CASE("what another program is letting through waits for the outcome, and nothing else does") {
  for (const bool lives : {true, false}) {
    Fixture fixture;
    Database database(fixture.path, Sync::now_and_then);
    std::optional<SeenTable> other(std::in_place, database);
    Claim claim = 0;
    {
      Database::Transaction transaction(database);
      claim = other->begin_claim();
      other->add(digest_of("claimed"), fixture.clock.now(), claim);
      transaction.commit();
    }
    auto waits = asio::co_spawn(fixture.context, fixture.commit->append(event("claimed"), "them"),
                                asio::use_future);
    CHECK(run_to_end(fixture.context, fixture.commit->append(event("b"), "them")) == Stored::first);
    CHECK(run_to_end(fixture.context, fixture.commit->append(event("b"), "them")) ==
          Stored::duplicate);
    CHECK(waits.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    if (lives)
      other->confirm(claim);
    else
      other.reset();
    fixture.context.restart();
    fixture.context.run_for(test_patience);
    CHECK(waits.get() == (lives ? Stored::duplicate : Stored::first));
  }
}

TEST_CASE("what is still claimed when it ends could not be stored") {
  Fixture fixture;
  Database database(fixture.path, Sync::now_and_then);
  SeenTable other(database);
  {
    Database::Transaction transaction(database);
    other.add(digest_of("claimed"), fixture.clock.now(), other.begin_claim());
    transaction.commit();
  }
  auto waits = asio::co_spawn(fixture.context, fixture.commit->append(event("claimed"), "them"),
                              asio::use_future);
  fixture.context.run_one();
  fixture.commit.reset();
  fixture.context.run_for(test_patience);
  CHECK(waits.get() == Stored::failed);
}

TEST_CASE("a place is on disk soon, with events or without, and is the newest of its name") {
  Fixture fixture;
  const auto place = [&] { return number(fixture.path, "SELECT seq FROM handler"); };
  for (const Sequence seq : {1, 5, 3})
    fixture.commit->keep_place("print", seq);
  CHECK(comes_true(fixture.context, [&] { return place() == 5; }));
  fixture.commit->keep_place("print", 6);
  fixture.append({"a"});
  CHECK(place() == 6);
  fixture.commit->keep_place("print", 2);
  fixture.append({"b"});
  CHECK(place() == 6);
}

TEST_CASE("places that wait at the end are still written") {
  Fixture fixture;
  fixture.commit->keep_place("print", 7);
  fixture.commit->keep_place("a.b:8099", digest_of("a"));
  fixture.commit.reset();
  CHECK(number(fixture.path, "SELECT seq FROM handler") == 7);
  CHECK(number(fixture.path, "SELECT count(*) FROM upstream") == 1);
}

TEST_CASE("places that cannot be written are tried again, and the log says so once") {
  Fixture fixture;
  run_sql(fixture.path,
          "CREATE TRIGGER broken BEFORE INSERT ON handler BEGIN SELECT RAISE(FAIL, 'no'); END");
  fixture.commit->keep_place("print", 7);
  const auto complaints = [&] {
    const std::string logged = content(fixture.folder.file("log"));
    std::size_t count = 0;
    for (std::size_t at = 0; (at = logged.find("Cannot keep how far", at)) != std::string::npos;
         ++at)
      ++count;
    return count;
  };
  CHECK(comes_true(fixture.context, [&] { return complaints() == 1; }));
  fixture.commit->keep_place("print", 8);
  CHECK(fixture.append({"a"}) == std::vector{Stored::failed});
  run_sql(fixture.path, "DROP TRIGGER broken");
  CHECK(comes_true(fixture.context,
                   [&] { return number(fixture.path, "SELECT seq FROM handler") == 8; }));
  CHECK(complaints() == 1);
}

}  // namespace vtp
