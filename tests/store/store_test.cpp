#include "lib/store/store.h"

#include <optional>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using How = Appended::How;

NewEvent event(const std::string& bytes, Time received = TestClock().now()) {
  Event made{bytes, digest_of(bytes), {}};
  made.headline.ivorn = "ivo://a.survey/alerts#" + bytes;
  made.headline.role = "test";
  return {std::make_shared<const Event>(std::move(made)), "127.0.0.1:1234", received};
}

// Whether it was new.
bool append_one(Store& store, const NewEvent& entry) {
  return store.append(std::span(&entry, 1)).front().how == How::first;
}

// Without the times, which are those of the events.
std::vector<Appended> fates(std::vector<Appended> appended) {
  for (Appended& each : appended)
    each.received = {};
  return appended;
}

}  // namespace

TEST_CASE("an event is new once") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  CHECK(append_one(store, event("a")));
  CHECK(append_one(store, event("b")));
  CHECK_FALSE(append_one(store, event("a")));
  CHECK(store.size() == 2);
}

TEST_CASE("of two that are the same in one batch the earlier is new") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  const std::vector<NewEvent> batch = {event("a"), event("b"), event("a")};
  CHECK(fates(store.append(batch)) ==
        std::vector<Appended>{{How::first, 1}, {How::first, 2}, {How::duplicate}});
}

TEST_CASE("events are remembered when the store is opened again") {
  const TemporaryFolder folder;
  { CHECK(append_one(*std::make_unique<Store>(folder.file("events.db")), event("a"))); }
  Store store(folder.file("events.db"));
  CHECK_FALSE(append_one(store, event("a")));
}

TEST_CASE("two stores on one file agree who was first") {
  const TemporaryFolder folder;
  int firsts[2] = {0, 0};
  const auto work = [&](int which) {
    Store store(folder.file("events.db"));
    for (int i = 0; i < 50; ++i)
      firsts[which] += append_one(store, event(std::to_string(i)));
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  CHECK(firsts[0] + firsts[1] == 50);
}

TEST_CASE("events are read in order, from any position, a bounded piece at a time") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  CHECK(store.last() == 0);
  CHECK(store.read_after(0, 100).empty());
  for (const char* bytes : {"first", "second", "third"})
    append_one(store, event(bytes));
  CHECK(store.last() == 3);

  const auto all = store.read_after(0, 100);
  REQUIRE(all.size() == 3);
  CHECK(all[1].seq == 2);
  CHECK(all[1].event->bytes == "second");
  CHECK(all[1].event->digest == digest_of("second"));
  CHECK(all[1].event->headline.ivorn == "ivo://a.survey/alerts#second");
  CHECK(all[1].event->headline.role == "test");

  CHECK(store.read_after(1, 1).size() == 1);  // larger than asked for, and still one
  CHECK(store.read_after(0, 10).size() == 1);
  CHECK(store.read_after(0, 11).size() == 2);
  CHECK(store.read_after(3, 100).empty());
}

TEST_CASE("an event's position is found by its digest, and its digest by its position") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  CHECK_FALSE(store.find(digest_of("a")));
  CHECK_FALSE(store.digest_at(0));
  append_one(store, event("a"));
  append_one(store, event("b"));
  CHECK(store.find(digest_of("a")) == 1);
  CHECK(store.find(digest_of("b")) == 2);
  CHECK_FALSE(store.find(digest_of("c")));
  CHECK(store.digest_at(2) == digest_of("b"));
  CHECK_FALSE(store.digest_at(3));
}

TEST_CASE("the events from a time on are behind a position") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  TestClock clock;
  const Time begin = clock.now();
  CHECK(store.before(begin) == 0);
  for (const char* bytes : {"a", "b", "c"}) {
    append_one(store, event(bytes, clock.now()));
    clock.advance(std::chrono::hours(1));
  }
  CHECK(store.before(Time{}) == 0);
  CHECK(store.before(begin) == 0);
  CHECK(store.before(begin + std::chrono::microseconds(1)) == 1);
  CHECK(store.before(begin + std::chrono::hours(2)) == 2);
  CHECK(store.before(clock.now()) == 3);
  append_one(store, event("set back", begin + std::chrono::hours(1)));
  CHECK(store.before(begin + std::chrono::hours(2)) == 2);
  CHECK(store.forget(begin + std::chrono::hours(2), 10) == 3);
  CHECK(store.before(Time{}) == 2);
}

TEST_CASE("when an event was received is told of each, and of the first after a position") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  const Time begin = TestClock().now();
  const Time later = begin + std::chrono::seconds(5);
  CHECK_FALSE(store.received_after(0));
  append_one(store, event("a", begin));
  append_one(store, event("b", later));
  CHECK(store.read_after(0, 100).back().received == later);
  CHECK(store.received_after(0) == begin);
  CHECK(store.received_after(1) == later);
  CHECK_FALSE(store.received_after(2));
  // A clock that is a little behind: the log's times do not fall, and the author's commit tells so.
  const NewEvent early = event("c", begin);
  CHECK(store.append(std::span(&early, 1)).front().received == later);
}

TEST_CASE("an event that was altered on disk is not given, and those ahead of it are") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  for (const char* bytes : {"first", "second", "third"})
    append_one(store, event(bytes));
  const std::string error =
      path +
      ": event 2 (ivo://a.survey/alerts#second) is damaged: it is not as it was received; "
      "see DISK FAILURES in brokerd(8)";
  SECTION("its bytes") {
    run_sql(path, "UPDATE event SET bytes = CAST('sekond' AS BLOB) WHERE seq = 2");
  }
  SECTION("its digest") { run_sql(path, "UPDATE event SET digest = x'00' WHERE seq = 2"); }
  CHECK(store.read_after(0, 100).size() == 1);
  CHECK_THROWS_WITH(store.read_after(1, 100), error);
  CHECK_THROWS_WITH(store.read_after(1, 100), error);
  CHECK(store.read_after(2, 100).size() == 1);
  run_sql(path, "DELETE FROM event WHERE seq = 2");
  CHECK(store.read_after(0, 100).size() == 2);
}

TEST_CASE("sequence numbers are used up by new events alone") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  for (const char* bytes : {"a", "a", "b", "a", "b", "c"})
    append_one(store, event(bytes));
  CHECK(store.last() == 3);
  CHECK(store.find(digest_of("c")) == 3);
}

TEST_CASE("what is old is forgotten, in steps") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  TestClock clock;
  for (int i = 0; i < 5; ++i)
    append_one(store, event("old" + std::to_string(i), clock.now()));
  clock.advance(std::chrono::hours(1));
  const Time later = clock.now();
  append_one(store, event("new", later));
  CHECK(store.forget(later, 3) == 3);
  CHECK(store.forget(later, 3) == 2);
  CHECK(store.forget(later, 3) == 0);
  CHECK_FALSE(append_one(store, event("new")));
  CHECK(append_one(store, event("old0", later)));
}

TEST_CASE("a sequence number is never used twice") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  {
    Store store(path);
    append_one(store, event("a"));
    CHECK(store.forget(Time::max(), 10) == 1);
    append_one(store, event("b"));
  }
  run_sql(path, "CREATE TEMP TABLE t(x CHECK(x)); INSERT INTO t SELECT seq = 2 FROM event");
}

TEST_CASE("what is stored can be read by others") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  append_one(store, event("a"));
  run_sql(path,
          "CREATE TEMP TABLE t(x CHECK(x)); INSERT INTO t SELECT count(*) = 1 FROM event WHERE "
          "bytes = CAST('a' AS BLOB) AND ivorn = 'ivo://a.survey/alerts#a' AND "
          "stream = 'ivo://a.survey/alerts' AND role = 'test' AND source = '127.0.0.1:1234' AND "
          "received = 1795351370123456 AND length(digest) = 32");
}

TEST_CASE("how many events can be read, and since when") {
  const TemporaryFolder folder;
  Store store(folder.file("events.db"));
  TestClock clock;
  CHECK(store.extent().events == 0);
  CHECK_FALSE(store.extent().oldest);
  const Time first = clock.now();
  append_one(store, event("first", first));
  clock.advance(std::chrono::hours(1));
  const Time second = clock.now();
  append_one(store, event("second", second));
  append_one(store, event("third", second));
  CHECK(store.extent().events == 3);
  CHECK(store.extent().oldest == first);
  CHECK(store.shrink(12, 10) == 1);
  CHECK(store.extent().events == 2);
  CHECK(store.extent().oldest == second);
  CHECK(store.forget(Time::max(), 10) == 3);
  CHECK(store.extent().events == 0);
}

TEST_CASE("events that are too many lose their bytes, the oldest first, and stay known") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  for (const char* bytes : {"first", "second", "third", "4"})
    append_one(store, event(bytes));

  CHECK(store.shrink(17, 10) == 0);
  SECTION("as many as it takes") {
    CHECK(store.shrink(10, 10) == 2);
    CHECK(store.shrink(10, 10) == 0);
    const auto left = store.read_after(0, 100);
    REQUIRE(left.size() == 2);
    CHECK(left[0].seq == 3);
    CHECK(left[0].event->bytes == "third");
  }
  SECTION("in small steps") {
    CHECK(store.shrink(0, 3) == 3);
    CHECK(store.read_after(0, 100).size() == 1);
    CHECK(store.shrink(0, 3) == 1);
    CHECK(store.read_after(0, 100).empty());
  }
  CHECK_FALSE(append_one(store, event("first")));
  CHECK(store.size() == 4);
  CHECK(append_one(store, event("fifth")));
  CHECK(store.read_after(4, 100).size() == 1);
  CHECK(store.forget(Time::max(), 10) == 5);
  append_one(store, event("sixth"));
  CHECK(store.shrink(5, 10) == 0);
  CHECK(store.shrink(4, 10) == 1);
}

TEST_CASE("sequence numbers follow one another without a gap, whatever was a duplicate or failed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  append_one(store, event("a"));
  append_one(store, event("a"));
  run_sql(path,
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.ivorn LIKE '%#bad' "
          "BEGIN SELECT RAISE(FAIL, 'disk on fire'); END");
  const std::vector<NewEvent> batch = {event("b"), event("bad")};
  CHECK_THROWS_AS(store.append(batch), StoreError);
  const std::vector<NewEvent> next = {event("b")};
  CHECK(fates(store.append(next)) == std::vector<Appended>{{How::first, 2}});
  CHECK(store.forget(Time::max(), 10) == 2);
  const std::vector<NewEvent> last = {event("c")};
  CHECK(fates(store.append(last)) == std::vector<Appended>{{How::first, 3}});
}

TEST_CASE("what an older version kept is known, and told from what is new") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  const std::string row = "'ivo://a.b/c#1', 'ivo://a.b/c', 'test', 0, 'me', CAST('old' AS BLOB)";
  const std::string version_2 =
      "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x564F4556; PRAGMA user_version = 2;"
      "CREATE TABLE event(seq INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, "
      "ivorn TEXT NOT NULL, stream TEXT NOT NULL, role TEXT NOT NULL, received INTEGER NOT NULL, "
      "source TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;"
      "CREATE UNIQUE INDEX event_digest ON event(digest);"
      "CREATE INDEX event_received ON event(received);"
      "CREATE TABLE seen(id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, at INTEGER NOT NULL, "
      "claim INTEGER NOT NULL) STRICT;"
      "CREATE TABLE claim(id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER NOT NULL, "
      "first INTEGER NOT NULL) STRICT;"
      "INSERT INTO event VALUES(7, x'" +
      digest_of("old").hex() + "', " + row + "); INSERT INTO seen VALUES(3, x'" +
      digest_of("seen").hex() + "', 0, 0)";
  run_sql(path, version_2.c_str());

  Store store(path);
  const std::vector<NewEvent> batch = {event("old"), event("seen"), event("new")};
  CHECK(fates(store.append(batch)) ==
        std::vector<Appended>{{How::duplicate}, {How::duplicate}, {How::first, 8}});
  CHECK(store.read_after(0, 100).size() == 2);
  CHECK(store.shrink(3, 10) == 1);
}

TEST_CASE("what could not be written is not in the log, and the next try may succeed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  run_sql(path,
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.role = 'test' "
          "BEGIN SELECT RAISE(FAIL, 'disk on fire'); END");
  const std::vector<NewEvent> batch = {event("a"), event("b")};
  CHECK_THROWS_WITH(store.append(batch), path + ": disk on fire");
  CHECK(store.size() == 0);
  run_sql(path, "DROP TRIGGER broken");
  CHECK(append_one(store, event("a")));
}

TEST_CASE("what another program let through, or is about to, is not new") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path);
  std::optional<Database> database(std::in_place, path, Sync::normal);
  DigestIndex index(*database);
  std::optional<SeenTable> table(std::in_place, *database, index);
  TestClock clock;
  {
    Database::Transaction transaction(*database);
    table->add(digest_of("seen"), clock.now(), 0);
    table->add(digest_of("claimed"), clock.now(), table->begin_claim());
    transaction.commit();
  }
  const std::vector<NewEvent> batch = {event("seen"), event("claimed"), event("new")};
  CHECK(fates(store.append(batch)) ==
        std::vector<Appended>{{How::duplicate}, {How::claimed}, {How::first, 1}});
  table.reset();  // it dies
  CHECK(append_one(store, event("claimed")));
  CHECK(store.forget(Time::max(), 10) == 3);
  CHECK(append_one(store, event("seen")));
}

}  // namespace vtp
