#include "lib/archive/indexer.h"

#include <future>
#include <optional>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

#include "lib/archive/archive.h"
#include "tests/archive/archive_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"
#include "tests/support/sample_events.h"
#include "tests/support/sql.h"

namespace vtp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr IndexerPace quick{
    .step = 10, .gather = 1ms, .busy_rate = 1e9, .retry = 20ms, .forget_every = 20ms};

struct Fixture : OpenedLog {
  void append(int first, int last) {
    for (int i = first; i <= last; ++i) {
      auto done = asio::co_spawn(
          context, events->append(sample_event("ivo://a.b/c#" + std::to_string(i)), "me"),
          asio::use_future);
      context.restart();
      context.run();
      REQUIRE(done.get() == Stored::first);
    }
  }

  void start(const IndexerPace& pace = quick) {
    indexer.emplace(*events, path(), diagnostics, pace);
  }
  [[nodiscard]] std::string path() const { return folder.file("events.db"); }

  bool reaches(Sequence last) {
    return becomes_true([&] { return indexer->indexed() == last; });
  }

  std::optional<Indexer> indexer;
};

}  // namespace

TEST_CASE("the index follows the log") {
  Fixture log;
  log.append(1, 35);
  log.start();
  CHECK(log.reaches(35));
  log.append(36, 40);
  CHECK(log.reaches(40));
  CHECK(Archive(log.path()).indexed() == 40);
  CHECK(Database(log.path(), Sync::off).run("SELECT count(*) FROM described") == 40);
}

TEST_CASE("the index goes on where it was, also in a database of an older version") {
  Fixture log;
  log.append(1, 30);
  log.start();
  CHECK(log.reaches(30));
  log.indexer.reset();
  log.append(31, 45);
  SECTION("the same one") {}
  SECTION("an older one") {
    log.events.reset();
    run_sql(log.path(), without_archive.c_str());
    log.open();
  }
  log.start();
  CHECK(log.reaches(45));
  CHECK(Database(log.path(), Sync::off).run("SELECT count(*) FROM described") == 45);
}

TEST_CASE("an index that cannot be written is tried again, and the log goes on") {
  Fixture log;
  run_sql(log.path(),
          "CREATE TRIGGER no BEFORE INSERT ON described BEGIN SELECT raise(ABORT, 'no room'); END");
  log.start();
  log.append(1, 20);
  CHECK(log.indexer->indexed() == 0);
  Query query;
  CHECK(Archive(log.path()).count(query) == 20);
  run_sql(log.path(), "DROP TRIGGER no");
  CHECK(log.reaches(20));
}

TEST_CASE("forgotten events leave the index") {
  Fixture log;
  log.append(1, 30);
  log.start();
  CHECK(log.reaches(30));
  run_sql(log.path(), "DELETE FROM event WHERE seq <= 12");
  CHECK(becomes_true(
      [&] { return Database(log.path(), Sync::off).run("SELECT count(*) FROM described") == 18; }));
  run_sql(log.path(), "UPDATE event SET bytes = x'' WHERE seq <= 20; UPDATE kept SET seq = 20");
  CHECK(becomes_true(
      [&] { return Database(log.path(), Sync::off).run("SELECT count(*) FROM described") == 10; }));
}

TEST_CASE("while authors are busy, the indexer rests for most of the time") {
  Fixture log;
  log.append(1, 200);
  IndexerPace pace = quick;
  pace.busy_step = 1;
  pace.busy_rate = -1;  // always
  pace.busy_rest = 1'000'000;
  log.start(pace);
  CHECK(log.reaches(1));
  const auto begin = steady_clock::now();
  log.indexer.reset();
  CHECK(steady_clock::now() - begin < 10s);
  CHECK(Archive(log.path()).indexed() == 1);
  CHECK(Archive(log.path()).count({}) == 200);
}

}  // namespace vtp
