#include "lib/store/copied_log.h"

#include <chrono>
#include <optional>
#include <span>

#include "lib/store/digest_set.h"
#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr std::chrono::days a_month{30};

struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("events.db");
  TestClock clock;
  std::optional<Store> store{std::in_place, path};

  Appended append(const std::string& bytes, std::optional<std::int64_t> next = std::nullopt) {
    const NewEvent entry{std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}}), "them",
                         clock.now()};
    return store->append(std::span(&entry, 1), {{}, {}, {}, next}).front();
  }
  void mark_as_seen(const std::string& bytes) const {
    DigestSet seen(path, a_month, clock);
    const EventKeys event{digest_of(bytes), std::nullopt};
    REQUIRE(seen.remember(std::span(&event, 1)).front() == Standing::fresh);
  }
  void open_again() {
    store.reset();
    store.emplace(path);
  }
};

}  // namespace

TEST_CASE("an empty database becomes a copy of a topic, and stays one") {
  Fixture fixture;
  CHECK_FALSE(fixture.store->copied_log());
  const CopiedLog copy = fixture.store->copy_log("cluster", "topic");
  CHECK(copy.cluster == "cluster");
  CHECK(copy.topic == "topic");
  CHECK(copy.next == 0);
  fixture.open_again();
  REQUIRE(fixture.store->copied_log());
  CHECK(fixture.store->copied_log()->cluster == "cluster");
  CHECK(fixture.store->copied_log()->topic == "topic");
  CHECK(fixture.store->copied_log()->next == 0);
}

TEST_CASE("a copy that is made again has what it had, and tells where it goes on") {
  Fixture fixture;
  static_cast<void>(fixture.store->copy_log("cluster", "topic"));
  CHECK(fixture.append("a", 7).how == Appended::How::first);
  CHECK(fixture.store->copy_log("cluster", "topic").next == 7);
  fixture.open_again();
  CHECK(fixture.store->copy_log("cluster", "topic").next == 7);
  CHECK(fixture.store->size() == 1);
  CHECK(fixture.append("a", 8).how == Appended::How::duplicate);
  CHECK(fixture.store->copied_log()->next == 8);
}

TEST_CASE("a database that was never a copy keeps no offset of one") {
  Fixture fixture;
  CHECK(fixture.append("a", 7).how == Appended::How::first);
  CHECK_FALSE(fixture.store->copied_log());
}

TEST_CASE("a copy of one topic does not become one of another") {
  Fixture fixture;
  static_cast<void>(fixture.store->copy_log("cluster", "topic"));
  CHECK_THROWS_WITH(fixture.store->copy_log("cluster", "other"),
                    fixture.path +
                        ": is a copy of the topic topic of the cluster cluster, not of "
                        "other of cluster; use another file");
  CHECK_THROWS_WITH(fixture.store->copy_log("other", "topic"),
                    fixture.path +
                        ": is a copy of the topic topic of the cluster cluster, not of "
                        "topic of other; use another file");
  CHECK(fixture.store->copied_log()->topic == "topic");
}

TEST_CASE("a database that has had events does not become a copy, and is used as before") {
  Fixture fixture;
  SECTION("some that it has") { fixture.append("a"); }
  SECTION("some that it has forgotten") {
    fixture.append("a");
    REQUIRE(fixture.store->forget(fixture.clock.now() + std::chrono::hours(1), 10) == 1);
    REQUIRE(fixture.store->size() == 0);
  }
  SECTION("some that another program has let through") { fixture.mark_as_seen("a"); }
  CHECK_THROWS_WITH(
      fixture.store->copy_log("cluster", "topic"),
      ContainsSubstring(fixture.path + ": has events that are not from the topic topic; use "
                                       "another file"));
  CHECK_FALSE(fixture.store->copied_log());
  CHECK(fixture.append("b").how == Appended::How::first);
  fixture.mark_as_seen("c");
}

TEST_CASE("no program marks events as seen in a copy") {
  Fixture fixture;
  const EventKeys event{digest_of("a"), std::nullopt};
  SECTION("one that opens it is refused") {
    static_cast<void>(fixture.store->copy_log("cluster", "topic"));
    CHECK_THROWS_WITH(DigestSet(fixture.path, a_month, fixture.clock),
                      fixture.path +
                          ": is a copy of the topic topic, whose order alone decides "
                          "which events are new; vodedup cannot use it");
  }
  SECTION("one that had opened it before fails") {
    DigestSet seen(fixture.path, a_month, fixture.clock);
    static_cast<void>(fixture.store->copy_log("cluster", "topic"));
    const std::string reason =
        fixture.path + ": is a copy of a topic now, whose order decides what is new";
    CHECK_THROWS_WITH(seen.claim(std::span(&event, 1)), reason);
    CHECK_THROWS_WITH(seen.remember(std::span(&event, 1)), reason);
  }
  CHECK(fixture.append("a", 1).how == Appended::How::first);
}

TEST_CASE("whoever would change a copy otherwise is refused, and a plain database is not") {
  const TemporaryFolder folder;
  Database database(folder.file("events.db"), Sync::normal);
  CHECK_NOTHROW(refuse_copy(database, "somebody"));
  static_cast<void>(copy_log(database, "cluster", "topic"));
  CHECK_THROWS_WITH(refuse_copy(database, "somebody"), ContainsSubstring("; somebody cannot use"));
}

TEST_CASE("a database of version 6 is no copy, and becomes one only if it is empty") {
  Fixture fixture;
  const bool empty = GENERATE(true, false);
  if (!empty) fixture.append("a");
  fixture.store.reset();
  run_sql(fixture.path,
          (without_archive + "DROP TABLE shared_log; PRAGMA user_version = 6").c_str());
  fixture.store.emplace(fixture.path);
  CHECK(Database(fixture.path, Sync::normal).run("PRAGMA user_version") == 8);
  CHECK_FALSE(fixture.store->copied_log());
  CHECK(fixture.store->size() == (empty ? 0 : 1));
  if (empty)
    CHECK(fixture.store->copy_log("cluster", "topic").next == 0);
  else
    CHECK_THROWS_AS(fixture.store->copy_log("cluster", "topic"), StoreError);
}

}  // namespace vtp
