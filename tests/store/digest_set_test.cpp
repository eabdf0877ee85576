#include "lib/store/digest_set.h"

#include <optional>

#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

EventKeys by_digest(const std::string& bytes) { return {digest_of(bytes), std::nullopt}; }

EventKeys by_ivorn(const std::string& bytes, const std::string& ivorn) {
  return {digest_of(bytes), key_of_ivorn(ivorn)};
}

struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("seen.db");
  TestClock clock;
  DigestSet here{path, std::chrono::days(30), clock};
  std::optional<DigestSet> there{std::in_place, path, std::chrono::days(30), clock};
};

Standing claim(DigestSet& memory, const EventKeys& event) {
  return memory.claim(std::span(&event, 1)).front();
}

}  // namespace

TEST_CASE("who begins ends what the dead have left, also what nobody asks for again") {
  Fixture fixture;
  CHECK(claim(*fixture.there, by_digest("a")) == Standing::fresh);
  fixture.there.reset();
  Database database(fixture.path, Sync::normal);
  REQUIRE(database.run("SELECT count(*) FROM claim") == 1);
  const DigestSet begins(fixture.path, std::chrono::days(30), fixture.clock);
  CHECK(database.run("SELECT count(*) FROM claim") == 0);
  CHECK(database.run("SELECT count(*) FROM seen") == 0);
}

TEST_CASE("an event passes one of those who share a memory") {
  Fixture fixture;
  CHECK(claim(*fixture.there, by_digest("a")) == Standing::fresh);
  CHECK(claim(fixture.here, by_digest("a")) == Standing::claimed);
  fixture.there->confirm();
  CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
  CHECK(claim(*fixture.there, by_digest("a")) == Standing::seen);
}

TEST_CASE("a new claim confirms the one before") {
  Fixture fixture;
  CHECK(claim(*fixture.there, by_digest("a")) == Standing::fresh);
  CHECK(claim(*fixture.there, by_digest("b")) == Standing::fresh);
  CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
  CHECK(claim(fixture.here, by_digest("b")) == Standing::claimed);
}

TEST_CASE("of two that are the same in one claim the earlier is fresh") {
  Fixture fixture;
  const std::vector<EventKeys> events = {by_digest("a"), by_digest("a"), by_digest("b")};
  CHECK(fixture.here.claim(events) ==
        std::vector{Standing::fresh, Standing::seen, Standing::fresh});
}

TEST_CASE("what was released is fresh, and the rest of the claim holds") {
  Fixture fixture;
  const std::vector<EventKeys> events = {by_digest("a"), by_digest("b")};
  CHECK(fixture.there->claim(events) == std::vector{Standing::fresh, Standing::fresh});
  fixture.there->release(std::span(events).subspan(1));
  CHECK(claim(fixture.here, by_digest("a")) == Standing::claimed);
  CHECK(claim(fixture.here, by_digest("b")) == Standing::fresh);
}

TEST_CASE("what was claimed by one that died is fresh") {
  Fixture fixture;
  CHECK(claim(*fixture.there, by_digest("a")) == Standing::fresh);
  fixture.there.reset();
  CHECK(claim(fixture.here, by_digest("a")) == Standing::fresh);
}

TEST_CASE("what is only to be remembered is seen at once") {
  Fixture fixture;
  const EventKeys event = by_digest("a");
  CHECK(fixture.there->remember(std::span(&event, 1)).front() == Standing::fresh);
  CHECK(claim(fixture.here, event) == Standing::seen);
}

TEST_CASE("with ivorns, one that has either key is the same") {
  Fixture fixture;
  CHECK(claim(fixture.here, by_ivorn("a", "ivo://a.b/c#1")) == Standing::fresh);
  fixture.here.confirm();
  CHECK(claim(fixture.here, by_ivorn("other", "ivo://a.b/c#1")) == Standing::seen);
  CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
  CHECK(claim(fixture.here, by_digest("other")) == Standing::fresh);
}

TEST_CASE("what a broker has in its log is seen") {
  Fixture fixture;
  Store store(fixture.path);
  const NewEvent entry{std::make_shared<const Event>(Event{"a", digest_of("a"), {}}), "them",
                       fixture.clock.now()};
  REQUIRE(store.append(std::span(&entry, 1)).front().how == Appended::How::first);
  CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
  CHECK(claim(fixture.here, by_ivorn("a", "ivo://a.b/c#1")) == Standing::seen);
}

TEST_CASE("what is older than it is to be kept is forgotten") {
  Fixture fixture;
  CHECK(claim(fixture.here, by_digest("a")) == Standing::fresh);
  fixture.here.confirm();
  for (int day = 0; day <= 30; ++day) {
    CHECK_FALSE(fixture.here.forget_some());
    CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
    fixture.clock.advance(std::chrono::days(1));
  }
  CHECK_FALSE(fixture.here.forget_some());
  CHECK(claim(fixture.here, by_digest("a")) == Standing::fresh);
}

TEST_CASE("nothing is forgotten when the clock is far ahead all at once") {
  Fixture fixture;
  CHECK_FALSE(fixture.here.forget_some());
  CHECK(claim(fixture.here, by_digest("a")) == Standing::fresh);
  fixture.here.confirm();
  fixture.clock.advance(std::chrono::days(40));
  CHECK_FALSE(fixture.here.forget_some());
  CHECK(claim(fixture.here, by_digest("a")) == Standing::seen);
  fixture.clock.advance(std::chrono::days(1));
  CHECK_FALSE(fixture.here.forget_some());
  CHECK(claim(fixture.here, by_digest("a")) == Standing::fresh);
}

}  // namespace vtp
