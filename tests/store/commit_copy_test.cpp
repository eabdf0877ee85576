// GroupCommit as the writer of a copy of a shared log.
#include <random>
#include <thread>

#include "lib/store/commit.h"
#include "tests/store/commit_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/loopback.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Fates = std::optional<std::vector<Stored>>;

// The database is a copy.
struct Fixture : CommitFixture {
  Fixture() {
    auto store = std::make_unique<Store>(path);
    static_cast<void>(store->copy_log("cluster", "topic"));
    begin(std::move(store));
  }

  [[nodiscard]] Copied copied(const std::vector<std::string>& events, std::int64_t next) const {
    Copied copied;
    copied.next = next;
    for (const std::string& bytes : events)
      copied.events.push_back({event_of(bytes), "topic[0]", clock.now()});
    return copied;
  }
  Fates copy(const std::vector<std::string>& events, std::int64_t next) {
    return run_to_end(context, commit->copy(copied(events, next)));
  }
  // Again and again, as the reader of the topic does.
  Fates copied_in_the_end(const std::vector<std::string>& events, std::int64_t next) {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    Fates fates = copy(events, next);
    while (!fates && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      fates = copy(events, next);
    }
    return fates;
  }
};

// What a database has: its events in order, and the offset of the next message.
struct Contents {
  std::vector<std::string> events;
  std::int64_t next = -1;

  bool operator==(const Contents&) const = default;
};

Contents contents_of(const std::string& path) {
  Store store(path);
  Contents contents;
  for (const LogEntry& entry : store.read_after(0, SIZE_MAX))
    contents.events.push_back(entry.event->bytes);
  contents.next = store.copied_log().value().next;
  return contents;
}

constexpr auto first = Stored::first;
constexpr auto duplicate = Stored::duplicate;
constexpr auto failed = Stored::failed;

}  // namespace

TEST_CASE("what is copied is on disk in its order, with the offset behind it") {
  Fixture fixture;
  CHECK(fixture.copy({"b", "a", "c"}, 10) == std::vector{first, first, first});
  CHECK(contents_of(fixture.path) == Contents{{"b", "a", "c"}, 10});
  const auto entries = fixture.tail.after(0, 1000);
  REQUIRE(entries->size() == 3);
  CHECK(entries->at(0).event->bytes == "b");
  CHECK(entries->at(2).seq == 3);
  CHECK(entries->at(2).source == "topic[0]");
}

TEST_CASE("of equal events that are copied the first is new") {
  Fixture fixture;
  CHECK(fixture.copy({"a", "b", "a"}, 3) == std::vector{first, first, duplicate});
  CHECK(fixture.copy({"b", "c"}, 5) == std::vector{duplicate, first});
  CHECK(contents_of(fixture.path) == Contents{{"a", "b", "c"}, 5});
}

TEST_CASE("an offset is saved without events, too") {
  Fixture fixture;
  CHECK(fixture.copy({}, 7) == std::vector<Stored>());
  CHECK(contents_of(fixture.path) == Contents{{}, 7});
}

TEST_CASE("an event that the database rejects is no reason to leave others out of the copy") {
  Fixture fixture;
  run_sql(fixture.path,
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.bytes = CAST('b' AS BLOB) "
          "BEGIN SELECT RAISE(FAIL, 'no'); END");
  CHECK(fixture.copy({"a", "b", "c", "a"}, 4) == std::vector{first, failed, first, duplicate});
  CHECK_FALSE(fixture.commit->has_outage());
  CHECK(contents_of(fixture.path) == Contents{{"a", "c"}, 4});
  CHECK(fixture.said() == "test: Cannot store : " + fixture.path + ": no\n");
}

TEST_CASE("while the disk fails nothing is copied, and then all of it is") {
  FaultyDisk disk;
  Fixture fixture;
  REQUIRE(fixture.copy({"a"}, 1) == std::vector{first});
  disk.fail_at(1, Fault::full, /*lasts=*/true);
  CHECK_FALSE(fixture.copy({"b", "c"}, 3));
  CHECK(fixture.commit->has_outage());
  CHECK_FALSE(fixture.copy({"b", "c"}, 3));
  CHECK(fixture.tail.last() == 1);
  disk.mend();
  CHECK(contents_of(fixture.path) == Contents{{"a"}, 1});
  CHECK(fixture.copied_in_the_end({"b", "c"}, 3) == std::vector{first, first});
  CHECK_FALSE(fixture.commit->has_outage());
  CHECK(contents_of(fixture.path) == Contents{{"a", "b", "c"}, 3});
  CHECK(fixture.tail.last() == 3);
  const std::string said = fixture.said();
  const std::size_t began = said.find("Cannot store events: ");
  CHECK(began != std::string::npos);
  CHECK(said.find("Cannot store events: ", began + 1) == std::string::npos);
  CHECK(said.find("Storing events again") > began);
  CHECK(said.find("Storing events again") != std::string::npos);
}

TEST_CASE("whenever the disk fails or loses its power, the copy has all of a call or nothing") {
  std::mt19937 random(20261126);
  const Fault fault = GENERATE(Fault::full, Fault::error, Fault::cut, Fault::torn);
  const bool loses_power = fault == Fault::cut || fault == Fault::torn;
  bool has_failed = true;
  std::uint64_t nth = 1;
  for (; has_failed; ++nth) {
    CAPTURE(nth);
    FaultyDisk disk;
    Fixture fixture;
    REQUIRE(fixture.copy({"a"}, 1) == std::vector{first});
    const std::string large(10'000, 'c');
    disk.fail_at(nth, fault);
    const Fates fates = fixture.copy({"b", "a", large}, 4);
    has_failed = disk.has_failed();
    fixture.commit.reset();
    if (loses_power)
      disk.power_on(Unsynced::some_of_it, random);
    else
      disk.mend();
    const Contents contents = contents_of(fixture.path);
    if (fates) {
      CHECK(fates == std::vector{first, duplicate, first});
      CHECK(contents.next == 4);
    }
    CHECK(contents == (contents.next == 4 ? Contents{{"a", "b", large}, 4} : Contents{{"a"}, 1}));
  }
  CHECK(nth > 3);  // the copy did get to the disk
}

TEST_CASE("what is being copied at the end is still written") {
  Fixture fixture;
  auto fates = asio::co_spawn(fixture.context, fixture.commit->copy(fixture.copied({"a"}, 1)),
                              asio::use_future);
  fixture.context.run_one();  // up to the wait for the store
  fixture.commit.reset();
  CHECK(contents_of(fixture.path) == Contents{{"a"}, 1});
  fixture.context.run_for(test_timeout);
  CHECK(fates.get() == std::vector{first});
}

TEST_CASE("cursors are saved with what is copied") {
  Fixture fixture;
  fixture.commit->keep_cursor("print", 7);
  CHECK(fixture.copy({"a"}, 1) == std::vector{first});
  CHECK(Database(fixture.path, Sync::normal).run("SELECT seq FROM handler") == 7);
}

}  // namespace vtp
