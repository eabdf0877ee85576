#include "lib/store/digest_index.h"

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

// One of several programs on a database. Rows are numbers, and their digests those of their texts.
struct Program {
  explicit Program(const std::string& path)
      : database(path, Sync::off),
        index(database),
        insert_event(database,
                     "INSERT INTO event(digest, ivorn, stream, role, received, source, bytes) "
                     "VALUES(?1, '', '', '', 0, '', x'')"),
        insert_seen(database, "INSERT INTO seen(key, at, claim) VALUES(?1, 0, 0)") {}

  void add(int event) {
    const Digest digest = digest_of(std::to_string(event));
    insert_event.bind(1, digest);
    insert_event.run();
    index.add_event(digest, database.last_row());
  }
  void add_seen(int key) {
    const Digest digest = digest_of(std::to_string(key));
    insert_seen.bind(1, digest);
    insert_seen.run();
    index.add_seen(digest, database.last_row());
  }
  void add(int first, int last) {
    Database::Transaction transaction(database);
    for (int event = first; event <= last; ++event)
      add(event);
    transaction.commit();
  }
  DigestIndex::Rows find(int number) {
    const Database::Transaction transaction(database, Database::Transaction::Access::read);
    return index.find(digest_of(std::to_string(number)));
  }
  // Those that are found, and all under their own seq.
  int found(int first, int last) {
    const Database::Transaction transaction(database, Database::Transaction::Access::read);
    int count = 0;
    for (int event = first; event <= last; ++event)
      count += index.find(digest_of(std::to_string(event))).event == event;
    return count;
  }
  std::int64_t levels() { return database.run("SELECT max(id) >> 48 FROM digest_page"); }

  Database database;
  DigestIndex index;
  Database::Statement insert_event;
  Database::Statement insert_seen;
};

}  // namespace

TEST_CASE("a damaged page makes no duplicate new, until the index is made anew") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  { Program(path).add(1, 10'000); }
  SECTION("zeroed") { run_sql(path, "UPDATE digest_page SET entries = zeroblob(length(entries))"); }
  SECTION("zeroed, and of an earlier version") {
    run_sql(path, "UPDATE digest_page SET entries = zeroblob(4050)");
  }
  SECTION("altered") {
    run_sql(path,
            "UPDATE digest_page SET entries = CAST(x'00' || substr(entries, 2) AS BLOB) "
            "WHERE substr(entries, 1, 1) <> x'00'");
  }
  {
    Program program(path);
    CHECK_THROWS_WITH(program.find(1),
                      Catch::Matchers::ContainsSubstring(path + ": page ") &&
                          Catch::Matchers::ContainsSubstring("of the index of digests is damaged"));
    CHECK_THROWS_AS(program.find(1), StoreError);
    CHECK_THROWS_AS(program.index.warm_up(), StoreError);
  }
  run_sql(path, "DELETE FROM digest_page; UPDATE digest_mark SET event = 0, seen = 0");
  CHECK(Program(path).found(1, 10'000) == 10'000);
}

TEST_CASE("pages of an earlier version are read, and get their checksums when they are written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  { Program(path).add(1, 10'000); }
  run_sql(path, "UPDATE digest_page SET entries = substr(entries, 1, 4050)");
  Program program(path);
  CHECK(program.found(1, 10'000) == 10'000);
  program.add(10'001, 20'000);
  CHECK(program.found(1, 20'000) == 20'000);
  CHECK(program.database.run("SELECT count(*) FROM digest_page WHERE length(entries) <> 4054") ==
        0);
}

TEST_CASE("what was added is found, and nothing else, on however many pages it is") {
  const TemporaryFolder folder;
  Program program(folder.file("events.db"));
  const int count = 60'000;
  for (int event = 1; event <= count; event += 1000)
    program.add(event, event + 999);
  CHECK(program.levels() == 2);
  CHECK(program.found(1, count) == count);
  CHECK(program.found(count + 1, count + 5000) == 0);

  SECTION("also by a program that comes later") {
    Program other(folder.file("events.db"));
    if (GENERATE(false, true)) {
      const Database::Transaction transaction(other.database, Database::Transaction::Access::read);
      other.index.warm_up();
    }
    CHECK(other.found(1, count) == count);
    CHECK(other.found(count + 1, count + 5000) == 0);
  }
  SECTION("but not what is gone since, of which pages are cleared in time") {
    program.database.run("DELETE FROM event WHERE seq <= 50000");
    CHECK(program.found(1, count) == 10'000);
    CHECK(program.found(50'001, count) == 10'000);
    program.add(count + 1, 2 * count);
    program.database.run("DELETE FROM event WHERE seq <= 110000");
    program.add(2 * count + 1, 3 * count);
    CHECK(program.found(1, 3 * count) == 70'000);
    CHECK(program.levels() == 2);
  }
}

TEST_CASE("no page is written before there is something worth it") {
  const TemporaryFolder folder;
  Program program(folder.file("events.db"));
  program.add(1, 8192);
  CHECK(program.database.run("SELECT count(*) FROM digest_page") == 0);
  program.add(8193, 8193);
  CHECK(program.database.run("SELECT count(*) FROM digest_page") == 256);
  CHECK(program.found(1, 8193) == 8193);
}

TEST_CASE("events and keys are told apart") {
  const TemporaryFolder folder;
  Program program(folder.file("events.db"));
  Database::Transaction transaction(program.database);
  program.add(7);
  program.add_seen(8);
  program.add_seen(7);
  transaction.commit();
  CHECK(program.find(7).event == 1);
  CHECK(program.find(7).seen == 2);
  CHECK(program.find(8).event == 0);
  CHECK(program.find(8).seen == 1);
}

TEST_CASE("programs on one database find what the others add") {
  const TemporaryFolder folder;
  Program one(folder.file("events.db"));
  Program other(folder.file("events.db"));
  for (int event = 1; event <= 20'000; event += 1000) {
    one.add(event, event + 499);
    other.add(event + 500, event + 999);
    REQUIRE(one.found(event, event + 999) == 1000);
  }
  CHECK(one.found(1, 20'000) == 20'000);
  CHECK(other.found(1, 20'000) == 20'000);
}

TEST_CASE("a program that has read pages reads them anew when another has written them") {
  const TemporaryFolder folder;
  Program one(folder.file("events.db"));
  Program other(folder.file("events.db"));
  constexpr int full = 8192;  // and one more: all go to pages
  other.add(1, full + 1);
  REQUIRE(one.found(1, full + 1) == full + 1);
  REQUIRE(other.database.run("SELECT event FROM digest_mark") == full + 1);
  other.add(full + 2, 2 * full + 2);
  REQUIRE(other.database.run("SELECT event FROM digest_mark") == 2 * full + 2);
  CHECK(one.found(1, 2 * full + 2) == 2 * full + 2);
}

TEST_CASE("what is undone was never added") {
  const TemporaryFolder folder;
  Program program(folder.file("events.db"));
  program.add(1, 8000);
  SECTION("while it is in memory") {
    {
      const Database::Transaction transaction(program.database);
      program.add(8001);
    }
    CHECK(program.find(8001).event == 0);
    CHECK(program.found(1, 8000) == 8000);
  }
  SECTION("when it went to pages") {
    {
      const Database::Transaction transaction(program.database);
      for (int event = 8001; event <= 13000; ++event)
        program.add(event);
    }
    CHECK(program.found(1, 13000) == 8000);
  }
  program.add(8001, 13000);
  CHECK(program.found(1, 13000) == 13000);
}

TEST_CASE("what is on no page yet of an older database goes there when it is opened") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  const int count = 20'000;
  {
    Program program(path);
    program.add(1, count);
  }
  run_sql(path, "DELETE FROM digest_page; UPDATE digest_mark SET event = 0, seen = 0");
  Program program(path);
  CHECK(program.database.run("SELECT event FROM digest_mark") == count);
  CHECK(program.found(1, count) == count);
}

}  // namespace vtp
