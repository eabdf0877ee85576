#include "lib/store/received.h"

#include <random>

#include <fmt/format.h>

#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

NewEvent event(int number, Time received) {
  Event made{std::to_string(number), digest_of(std::to_string(number)), {}};
  made.headline.ivorn = "ivo://a.survey/alerts#" + made.bytes;
  return {std::make_shared<const Event>(std::move(made)), "127.0.0.1:1234", received};
}

void append(Store& store, int number, Time received) {
  const NewEvent entry = event(number, received);
  REQUIRE(store.append(std::span(&entry, 1)).front().how == Appended::How::first);
}

std::vector<std::int64_t> received_in(const std::string& path) {
  Database database(path, Sync::off);
  Database::Statement all(database, "SELECT received FROM event ORDER BY seq");
  std::vector<std::int64_t> times;
  while (all.step())
    times.push_back(all.number(0));
  return times;
}

// What SQL says that Store::before should find.
class PlainQuery {
 public:
  explicit PlainQuery(const std::string& path)
      : database_(path, Sync::off),
        first_(database_, "SELECT min(seq) FROM event WHERE received >= ?1"),
        last_(database_, "SELECT seq FROM sqlite_sequence WHERE name = 'event'") {}

  Sequence before(Time time) {
    first_.bind(1, time.time_since_epoch().count());
    const std::int64_t first = first_.run();
    return static_cast<Sequence>(first > 0 ? first - 1 : last_.run());
  }

 private:
  Database database_;
  Database::Statement first_;
  Database::Statement last_;
};

// A log to which events come while its clock is moved about, and some go.
class RandomLog {
 public:
  RandomLog(const std::string& path, unsigned seed) : path_(path), random_(seed) {}

  void grow(int events) {
    Store store(path_, Sync::off);
    for (int i = 0; i < events; ++i) {
      move_clock();
      append(store, number_++, now_);
      newest_ = std::max(newest_, now_);
      if (chance(60)) (void)store.forget(some_time(), 1 + below(40));
    }
  }

  // As one of an earlier version left it: in no order.
  void make_old() {
    run_sql(path_, fmt::format("{}UPDATE event SET received = received + abs(random()) % {}; "
                               "DROP TABLE rising; DROP TABLE clock; DROP TABLE partition; DROP "
                               "TABLE shared_log; PRAGMA user_version = 3",
                               without_archive, chance(2) ? 10 : 7'200'000'000)
                       .c_str());
  }

  void make_gaps() { run_sql(path_, "DELETE FROM event WHERE abs(random()) % 7 = 0"); }

  Time some_time() {
    return begin_ + microseconds(below(static_cast<std::uint64_t>((newest_ - begin_).count()) + 2));
  }

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(std::uint64_t in) { return below(in) == 0; }

 private:
  void move_clock() {
    if (chance(40)) now_ -= hours(below(30));
    if (chance(40)) now_ += hours(below(30));
    if (chance(5)) now_ -= seconds(below(70));
    if (chance(2)) now_ += microseconds(below(minutes(5) / microseconds(1)));
  }

  const std::string path_;
  std::mt19937_64 random_;
  const Time begin_ = TestClock().now() - hours(100);
  Time now_ = TestClock().now();
  Time newest_ = now_;
  int number_ = 0;
};

void hold_against_plain_query(const std::string& path, RandomLog& diagnostics) {
  Store store(path, Sync::off);
  PlainQuery plain(path);
  for (int i = 0; i < 60; ++i) {
    const Time time = diagnostics.some_time();
    REQUIRE(store.before(time) == plain.before(time));
  }
  for (const std::int64_t received : received_in(path)) {
    if (!diagnostics.chance(8)) continue;
    for (const int offset : {-1, 0, 1}) {
      const Time time{microseconds(received + offset)};
      REQUIRE(store.before(time) == plain.before(time));
    }
  }
}

// Steps that SQLite takes, of its own kind, in all connections that are made while this lives.
class CountedSteps {
 public:
  CountedSteps() {
    count = 0;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
  }
  ~CountedSteps() { sqlite3_reset_auto_extension(); }

  static int in(const std::function<void()>& work) {
    const int before = count;
    work();
    return (count - before) * each;
  }

 private:
  static constexpr int each = 10;
  static inline int count = 0;
  static int watch(sqlite3* database, char**, const void*) {
    const auto add = [](void*) {
      ++count;
      return 0;
    };
    sqlite3_progress_handler(database, each, add, nullptr);
    return SQLITE_OK;
  }
};

}  // namespace

TEST_CASE("the first event since a time is the one that the plain query finds") {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    const TemporaryFolder folder;
    const std::string path = folder.file("events.db");
    RandomLog diagnostics(path, seed);
    CAPTURE(seed);
    diagnostics.grow(150);
    hold_against_plain_query(path, diagnostics);
    if (diagnostics.chance(2)) diagnostics.make_old();
    hold_against_plain_query(path, diagnostics);
    diagnostics.grow(150);
    hold_against_plain_query(path, diagnostics);
    diagnostics.make_gaps();
    hold_against_plain_query(path, diagnostics);
  }
}

TEST_CASE("a store that is open finds what comes, and not what goes") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  Store reader(path);
  const Time begin = TestClock().now();
  append(store, 1, begin);
  append(store, 2, begin - hours(2));
  CHECK(reader.before(begin - hours(1)) == 0);
  append(store, 3, begin - hours(3));
  append(store, 4, begin + hours(1));
  CHECK(reader.before(begin + hours(1)) == 3);
  CHECK(reader.before(begin - hours(4)) == 0);
  CHECK(store.forget(begin + hours(1), 10) == 3);
  CHECK(reader.before(begin) == 3);
  CHECK(store.forget(begin + hours(2), 10) == 1);
  CHECK(reader.before(begin) == 4);
}

TEST_CASE("an event counts as received with the one ahead, if it was at most a minute earlier") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  const Time begin = TestClock().now();
  {
    Store store(path);
    append(store, 1, begin);
    append(store, 2, begin - minutes(1));
  }
  {
    Store store(path);
    append(store, 3, begin - seconds(1));
    append(store, 4, begin + seconds(1));
    append(store, 5, begin - minutes(1));
  }
  const auto at = [](Time time) { return time.time_since_epoch().count(); };
  CHECK(received_in(path) == std::vector<std::int64_t>{at(begin), at(begin), at(begin),
                                                       at(begin + seconds(1)),
                                                       at(begin - minutes(1))});
}

TEST_CASE("to find the first event since a time costs as little in a long log") {
  constexpr int events = 20'000;
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  const Time begin = TestClock().now();
  {
    Store store(path, Sync::off);
    std::vector<NewEvent> batch;
    for (int i = 0; i < events; ++i)
      batch.push_back(event(i, begin + seconds(i)));
    (void)store.append(batch);
  }
  const CountedSteps steps;
  Store store(path);
  const auto cost = [&](Time time) { return steps.in([&] { (void)store.before(time); }); };
  CHECK(cost(Time{}) < 1000);
  CHECK(cost(begin + seconds(events / 2)) < 1000);
  CHECK(cost(begin + seconds(events - 1)) < 1000);
  CHECK(cost(Time::max()) < 1000);

  SECTION("also in one of an earlier version, from the second question on") {
    run_sql(path, "UPDATE rising SET seq = 20001, newest = (SELECT max(received) FROM event)");
    CHECK(cost(begin + seconds(events / 2)) > events);
    CHECK(cost(Time{}) < 2000);
    CHECK(cost(begin + seconds(events / 2)) < 2000);
    CHECK(cost(begin + seconds(events - 1)) < 2000);
    CHECK(cost(Time::max()) < 1000);
  }
}

}  // namespace vtp
