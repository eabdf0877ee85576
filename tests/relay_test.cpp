#include "lib/relay.h"

#include <algorithm>
#include <fcntl.h>
#include <future>
#include <string>
#include <unistd.h>
#include <vector>

#include <sqlite3.h>

#include "tests/catch.h"
#include "tests/running.h"
#include "tests/sample_events.h"
#include "tests/sql.h"
#include "tests/temporary.h"
#include "tests/test_clock.h"

namespace vtp {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

// Another program that keeps the database to itself for as long as it lives.
class Lock {
 public:
  explicit Lock(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    sqlite3_busy_timeout(database_, 10'000);
    REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~Lock() { sqlite3_close(database_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

struct Fixture {
  ~Fixture() { close(log_fd); }

  bool take(const std::string& ivorn) {
    return run_to_end(context, relay.take(sample_event(ivorn), "upstream"));
  }
  bool has(Sequence last) {
    return comes_true(context, [&] { return events.last() == last; });
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }
  bool logs(const std::string& line) {
    return comes_true(context, [&] { return logged().find(line) != std::string::npos; });
  }

  TemporaryFolder folder;
  TestClock clock;
  int log_fd = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Log log{"test", LineStyle::tool, Level::debug, clock, log_fd};
  asio::io_context context;
  EventLog events{folder.file("events.db"), std::chrono::days(30), clock, log};
  Relay relay{context.get_executor(), events, log};
};

}  // namespace

TEST_CASE("an event is taken before it is in the log, and gets there") {
  Fixture fixture;
  {
    const Lock lock(fixture.folder.file("events.db"));
    CHECK(fixture.take("ivo://a.b/c#1"));
    CHECK(fixture.events.last() == 0);
  }
  CHECK(fixture.has(1));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 received from upstream"));
}

TEST_CASE("an event that comes by two ways is in the log once") {
  Fixture fixture;
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 from upstream seen before"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 received from upstream"));
  CHECK(count(fixture.logged(), "received from") == 1);
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#2 received from upstream"));
  CHECK(Store(fixture.folder.file("events.db")).size() == 2);
}

TEST_CASE("when very many wait for the disk, the next one does too, and none is lost") {
  Fixture fixture;
  constexpr std::size_t many = 1000;
  std::vector<std::future<bool>> taken;
  const auto ready = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(taken, [](const auto& one) {
      return one.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
    }));
  };
  {
    const Lock lock(fixture.folder.file("events.db"));
    for (std::size_t i = 0; i < many; ++i)
      taken.push_back(asio::co_spawn(
          fixture.context,
          fixture.relay.take(sample_event("ivo://a.b/c#" + std::to_string(i)), "upstream"),
          asio::use_future));
    fixture.context.restart();
    fixture.context.poll();
    CHECK(ready() > 0);
    CHECK(ready() < many);
  }
  REQUIRE(fixture.has(many));
  REQUIRE(comes_true(fixture.context, [&] { return ready() == many; }));
  CHECK(std::ranges::all_of(taken, [](auto& one) { return one.get(); }));
}

TEST_CASE("what cannot be stored is told") {
  Fixture fixture;
  run_sql(fixture.folder.file("events.db"),
          "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'broken'); END");
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 from upstream is lost: it cannot be stored"));
}

}  // namespace vtp
