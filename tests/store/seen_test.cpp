#include "lib/store/seen.h"

#include <filesystem>
#include <optional>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// One of several programs on a database.
struct Program {
  explicit Program(const std::string& its_path)
      : database(its_path, Sync::normal), index(database), table(database, index) {}

  Standing standing(const std::string& bytes) {
    Database::Transaction transaction(database);
    const Standing found = table.standing(digest_of(bytes));
    transaction.commit();
    return found;
  }
  Claim claim(const std::string& bytes) {
    Database::Transaction transaction(database);
    const Claim claim = table.begin_claim();
    table.add(digest_of(bytes), TestClock().now(), claim);
    transaction.commit();
    return claim;
  }
  void add(const std::string& bytes, Time at) {
    Database::Transaction transaction(database);
    table.add(digest_of(bytes), at, 0);
    transaction.commit();
  }

  Database database;
  DigestIndex index;
  SeenTable table;
};

struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("seen.db");
  Program here{path};
  std::optional<Program> there{std::in_place, path};
};

}  // namespace

TEST_CASE("what was added without a claim is seen") {
  Fixture fixture;
  CHECK(fixture.here.standing("a") == Standing::fresh);
  fixture.here.add("a", TestClock().now());
  CHECK(fixture.here.standing("a") == Standing::seen);
  CHECK(fixture.there->standing("a") == Standing::seen);
  CHECK(fixture.there->standing("b") == Standing::fresh);
}

TEST_CASE("what is claimed is seen by its owner, and by others once it is confirmed") {
  Fixture fixture;
  const Claim claim = fixture.there->claim("a");
  CHECK(fixture.there->standing("a") == Standing::seen);
  CHECK(fixture.here.standing("a") == Standing::claimed);
  fixture.there->table.confirm(claim);
  CHECK(fixture.here.standing("a") == Standing::seen);
  fixture.there.reset();
  CHECK(fixture.here.standing("a") == Standing::seen);
}

TEST_CASE("who comes to the database by a link sees who is alive") {
  Fixture fixture;
  std::filesystem::create_symlink(fixture.path, fixture.folder.file("link.db"));
  Program other(fixture.folder.file("link.db"));
  other.claim("a");
  CHECK(fixture.here.standing("a") == Standing::claimed);
}

TEST_CASE("what its owner took back is fresh") {
  Fixture fixture;
  fixture.there->claim("a");
  fixture.there->table.remove(digest_of("a"));
  CHECK(fixture.here.standing("a") == Standing::fresh);
}

TEST_CASE("the claim of who has died counts for nothing") {
  Fixture fixture;
  fixture.there->table.confirm(fixture.there->claim("written"));
  fixture.there->claim("begun");
  fixture.there.reset();
  CHECK(fixture.here.standing("begun") == Standing::fresh);
  CHECK(fixture.here.standing("written") == Standing::seen);
  CHECK(fixture.here.database.run("SELECT count(*) FROM claim") == 0);
}

TEST_CASE("all claims of the dead can be ended at once, and no others") {
  Fixture fixture;
  Program third(fixture.path);
  fixture.there->claim("of the dead");
  const Claim mine = fixture.here.claim("mine");
  third.claim("of the living");
  fixture.there.reset();
  fixture.here.table.end_dead_claims();
  CHECK(fixture.here.database.run("SELECT count(*) FROM claim") == 2);
  CHECK(fixture.here.standing("of the dead") == Standing::fresh);
  CHECK(fixture.here.standing("of the living") == Standing::claimed);
  fixture.here.table.confirm(mine);
  CHECK(third.standing("mine") == Standing::seen);
}

TEST_CASE("what is old is forgotten, in steps, as far as nothing newer comes before it") {
  Fixture fixture;
  TestClock clock;
  const Time before = clock.now();
  clock.advance(std::chrono::hours(1));
  for (const char* old : {"a", "b", "c"})
    fixture.here.add(old, before);
  fixture.here.add("new", clock.now());
  CHECK(fixture.here.table.forget(clock.now(), 2) == 2);
  CHECK(fixture.here.table.forget(clock.now(), 2) == 1);
  CHECK(fixture.here.table.forget(clock.now(), 2) == 0);
  CHECK(fixture.here.standing("c") == Standing::fresh);
  CHECK(fixture.here.standing("new") == Standing::seen);
}

TEST_CASE("an ivorn is no event's bytes") {
  CHECK_FALSE(key_of_ivorn("ivo://a.b/c#1") == digest_of("ivo://a.b/c#1"));
  CHECK(key_of_ivorn("ivo://a.b/c#1") == key_of_ivorn("ivo://a.b/c#1"));
}

}  // namespace vtp
