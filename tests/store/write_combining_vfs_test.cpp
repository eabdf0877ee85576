#include "lib/store/write_combining_vfs.h"

#include <filesystem>
#include <map>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <sqlite3.h>

#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

using Connection = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

// vfs: nullptr for SQLite's default.
Connection open(const std::string& path, const char* vfs) {
  sqlite3* database = nullptr;
  const int status =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs);
  Connection connection(database, sqlite3_close);
  REQUIRE(status == SQLITE_OK);
  return connection;
}

int run(const Connection& connection, const std::string& sql) {
  return sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr);
}

std::string first(const Connection& connection, const char* sql) {
  const auto take = [](void* found, int, char** columns, char**) {
    *static_cast<std::string*>(found) = columns[0] ? columns[0] : "";
    return 1;
  };
  std::string found;
  sqlite3_exec(connection.get(), sql, take, &found, nullptr);
  return found;
}

// With a cache of a few pages, so that a transaction writes to the journal before its commit.
void set_up(const Connection& connection, const char* sync) {
  REQUIRE(
      run(connection, fmt::format("PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; "
                                  "PRAGMA cache_size = 5; PRAGMA wal_autocheckpoint = 0; "
                                  "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, b BLOB)",
                                  sync)) == SQLITE_OK);
}

std::string put(int id, int size, int seed) {
  return fmt::format("INSERT OR REPLACE INTO t VALUES({}, replace(hex(zeroblob({})), '0', '{}'))",
                     id, size / 2, seed % 10);
}

// What there is after whoever wrote it was killed: the files as they are, without what is in the
// memory that they share. "damaged" if they are.
std::string after_a_kill(const std::string& path) {
  const TemporaryFolder folder;
  const std::string copy = folder.file("copy.db");
  for (const std::string end : {"", "-wal"})
    if (std::filesystem::exists(path + end)) std::filesystem::copy(path + end, copy + end);
  const Connection connection = open(copy, nullptr);
  if (first(connection, "PRAGMA integrity_check") != "ok") return "damaged";
  return first(connection,
               "SELECT group_concat(id || ':' || length(b) || substr(b, 1, 1)) "
               "FROM (SELECT * FROM t ORDER BY id)");
}

}  // namespace

TEST_CASE("a transaction of many pages is one write and one sync") {
  const TemporaryFolder folder;
  FaultyDisk disk;
  Store store(folder.file("events.db"));
  const auto append = [&](std::size_t count) {
    std::vector<NewEvent> batch;
    for (std::size_t i = 0; i < count; ++i) {
      std::string bytes(4000, 'x');
      bytes += std::to_string(store.last()) + "/" + std::to_string(i);
      const Digest digest = digest_of(bytes);
      batch.push_back({std::make_shared<const Event>(Event{bytes, digest, {}}), "them", Time{}});
    }
    disk.fail_at(0, Fault::error);
    (void)store.append(batch);
    return disk.steps();
  };
  (void)append(1);  // which begins the journal
  CHECK(append(1) == 2);
  CHECK(append(10) == 2);
  CHECK(append(50) <= 4);  // as many as SQLite's own VFS wants
}

TEST_CASE("whatever is committed is in the files at once") {
  const TemporaryFolder folder;
  const std::string path = folder.file("test.db");
  const char* sync = GENERATE("FULL", "NORMAL", "OFF");
  const WriteCombiningVfs vfs;
  const Connection writer = open(path, vfs.name());
  set_up(writer, sync);
  const Connection reader = open(path, nullptr);
  for (int i = 0; i < 20; ++i) {
    CAPTURE(sync, i);
    REQUIRE(run(writer, "BEGIN; " + put(i, 20'000, i) + "; " + put(0, 100, i) + "; COMMIT") ==
            SQLITE_OK);
    CHECK(first(reader, "SELECT count(*) FROM t") == std::to_string(i + 1));
    CHECK(after_a_kill(path).ends_with(fmt::format("{}:{}{}", i, i > 0 ? 20'000 : 100, i % 10)));
    if (i % 7 == 6) REQUIRE(run(writer, "PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
  }
}

TEST_CASE("transactions, parts of which are undone, come to the same as without it") {
  const TemporaryFolder folder;
  const std::string combined = folder.file("combined.db");
  const std::string plain = folder.file("plain.db");
  const char* sync = GENERATE("FULL", "NORMAL");
  const WriteCombiningVfs vfs;
  const Connection ours = open(combined, vfs.name());
  const Connection theirs = open(plain, nullptr);
  set_up(ours, sync);
  set_up(theirs, sync);
  std::mt19937 random(20261124);
  const auto both = [&](const std::string& sql) {
    REQUIRE(run(ours, sql) == SQLITE_OK);
    REQUIRE(run(theirs, sql) == SQLITE_OK);
  };
  for (int i = 0; i < 60; ++i) {
    both("BEGIN");
    for (auto part = random() % 5; part > 0; --part) {
      both("SAVEPOINT p");
      for (auto rows = random() % 20; rows > 0; --rows)
        both(put(static_cast<int>(random() % 40), static_cast<int>(random() % 30'000),
                 static_cast<int>(random())));
      both(random() % 3 == 0 ? "ROLLBACK TO p; RELEASE p" : "RELEASE p");
      both(fmt::format("DELETE FROM t WHERE id = {}", random() % 40));
    }
    both(random() % 4 == 0 ? "ROLLBACK" : "COMMIT");
    if (random() % 8 == 0) both("PRAGMA wal_checkpoint(PASSIVE)");
    const std::string expected = after_a_kill(plain);
    REQUIRE(expected != "damaged");
    CHECK(after_a_kill(combined) == expected);
  }
}

TEST_CASE("what was undone is not written over what others write behind it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("test.db");
  const WriteCombiningVfs vfs;
  {
    const Connection ours = open(path, vfs.name());
    set_up(ours, "NORMAL");
    const Connection theirs = open(path, nullptr);
    REQUIRE(run(ours, put(1, 20'000, 1)) == SQLITE_OK);
    REQUIRE(run(ours, "BEGIN; " + put(2, 50'000, 2) + "; " + put(3, 50'000, 3) + "; ROLLBACK") ==
            SQLITE_OK);
    REQUIRE(run(theirs, put(4, 30'000, 4)) == SQLITE_OK);
    CHECK(after_a_kill(path) == "1:200001,4:300004");
    REQUIRE(run(ours, put(5, 100, 5)) == SQLITE_OK);
    CHECK(after_a_kill(path) == "1:200001,4:300004,5:1005");
  }
  CHECK(after_a_kill(path) == "1:200001,4:300004,5:1005");
}

TEST_CASE("a commit fails when what it has combined cannot be written, and the next one does not") {
  const Fault fault = GENERATE(Fault::full, Fault::error);
  const TemporaryFolder folder;
  const std::string path = folder.file("test.db");
  FaultyDisk disk;
  const WriteCombiningVfs vfs;
  const Connection connection = open(path, vfs.name());
  set_up(connection, "NORMAL");
  REQUIRE(run(connection, put(1, 100, 1)) == SQLITE_OK);
  REQUIRE(run(connection, "PRAGMA cache_size = 1000; BEGIN; " + put(2, 60'000, 2)) == SQLITE_OK);
  disk.fail_at(1, fault);
  CHECK(run(connection, "COMMIT") == (fault == Fault::full ? SQLITE_FULL : SQLITE_IOERR));
  CHECK(first(connection, "SELECT count(*) FROM t") == "1");
  CHECK(after_a_kill(path) == "1:1001");
  CHECK(run(connection, put(3, 100, 3)) == SQLITE_OK);
  CHECK(after_a_kill(path) == "1:1001,3:1003");
}

TEST_CASE("wherever a large transaction cannot be written, it is there whole or not at all") {
  const Fault fault = GENERATE(Fault::full, Fault::error);
  const char* sync = GENERATE("FULL", "NORMAL");
  const std::string before = "1:300001,2:1002";
  const std::string whole = "1:500005,2:100006,3:600003,4:2000004";
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    CAPTURE(nth, static_cast<int>(fault), sync);
    const TemporaryFolder folder;
    const std::string path = folder.file("test.db");
    FaultyDisk disk;
    const WriteCombiningVfs vfs;
    const Connection connection = open(path, vfs.name());
    set_up(connection, sync);
    REQUIRE(run(connection, put(1, 30'000, 1) + ";" + put(2, 100, 2)) == SQLITE_OK);
    disk.fail_at(nth, fault);
    // Goes on as long as the transaction does, whatever becomes of what is in it.
    bool went_well = run(connection, "BEGIN") == SQLITE_OK;
    for (const std::string& sql :
         {put(3, 60'000, 3), put(1, 50'000, 5), put(4, 200'000, 4),
          std::string("SELECT sum(length(b)) FROM t"), put(2, 10'000, 6), std::string("COMMIT")})
      if (sqlite3_get_autocommit(connection.get()) == 0)
        went_well = run(connection, sql) == SQLITE_OK && went_well;
    const bool is_over = sqlite3_get_autocommit(connection.get()) != 0;
    failed = disk.has_failed();
    disk.mend();
    CHECK(is_over);
    CHECK(went_well != failed);
    const std::string after = after_a_kill(path);
    // What was written, and could not be synced, may be there.
    if (went_well || after != before) CHECK(after == whole);
    CHECK(run(connection, put(9, 100, 9)) == SQLITE_OK);
    CHECK(after_a_kill(path) == (went_well ? whole : before) + ",9:1009");
  }
}

TEST_CASE("a checkpoint writes pages that are neighbours at once") {
  const TemporaryFolder folder;
  FaultyDisk disk;
  const WriteCombiningVfs vfs;
  const Connection connection = open(folder.file("test.db"), vfs.name());
  set_up(connection, "NORMAL");
  const auto steps_of = [&](const std::string& how) {
    REQUIRE(run(connection, "DELETE FROM t;" + put(1, 400'000, 1)) == SQLITE_OK);
    disk.fail_at(0, Fault::error);
    REQUIRE(run(connection, "PRAGMA wal_checkpoint(" + how + ")") == SQLITE_OK);
    return disk.steps();
  };
  (void)steps_of("FULL");
  CHECK(steps_of("PASSIVE") > 100);
  CHECK(steps_of("FULL") < 20);
}

TEST_CASE("wherever a checkpoint fails, whoever goes on finds everything") {
  const Fault fault = GENERATE(Fault::full, Fault::error);
  const char* sync = GENERATE("FULL", "OFF");
  const bool is_read = GENERATE(false, true);  // what is old, so that it cannot come to the end
  bool failed = true;
  for (std::uint64_t nth = 1; failed; ++nth) {
    CAPTURE(nth, static_cast<int>(fault), sync, is_read);
    const TemporaryFolder folder;
    const std::string path = folder.file("test.db");
    FaultyDisk disk;
    const WriteCombiningVfs vfs;
    const Connection ours = open(path, vfs.name());
    set_up(ours, sync);
    const Connection theirs = open(path, nullptr);
    REQUIRE(run(ours, put(1, 30'000, 1) + ";" + put(2, 100'000, 2)) == SQLITE_OK);
    if (is_read) REQUIRE(run(theirs, "BEGIN; SELECT * FROM t") == SQLITE_OK);
    REQUIRE(run(ours, put(3, 20'000, 3) + ";" + put(1, 200'000, 4)) == SQLITE_OK);
    disk.fail_at(nth, fault);
    const bool went_well = run(ours, "PRAGMA wal_checkpoint(FULL)") == SQLITE_OK;
    failed = disk.has_failed();
    disk.mend();
    CHECK(went_well != failed);
    const std::string all = "1:2000004,2:1000002,3:200003";
    CHECK(after_a_kill(path) == all);
    if (is_read) REQUIRE(run(theirs, "COMMIT") == SQLITE_OK);
    REQUIRE(run(theirs, put(5, 10'000, 5)) == SQLITE_OK);
    REQUIRE(run(theirs, "PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
    CHECK(std::filesystem::file_size(path + "-wal") == 0);
    CHECK(after_a_kill(path) == all + ",5:100005");
    CHECK(first(ours, "PRAGMA integrity_check") == "ok");
  }
}

TEST_CASE("a log that is read meanwhile takes its journal up all the same, and has everything") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Store store(path, Sync::off);
  Store others(path, Sync::off);
  const Connection reader = open(path, nullptr);
  std::vector<NewEvent> batch(1);
  for (int i = 0; i < 800; ++i) {
    std::string bytes = std::to_string(i) + std::string(30'000, 'x');
    const Digest digest = digest_of(bytes);
    batch[0] = {std::make_shared<const Event>(Event{std::move(bytes), digest, {}}), "them", Time{}};
    REQUIRE((i % 5 == 0 ? others : store).append(batch)[0].how == Appended::How::first);
    if (i % 100 == 0) run(reader, "BEGIN; SELECT count(*) FROM event");
    if (i % 100 == 50) run(reader, "COMMIT");
  }
  // It did not grow for ever: the journal of 800 of these is 28 MB.
  CHECK(std::filesystem::file_size(path + "-wal") < 24'000'000);
  CHECK(first(reader, "PRAGMA integrity_check") == "ok");
  CHECK(first(reader, "SELECT count(*) || ':' || sum(length(bytes)) FROM event") == "800:24002290");
}

}  // namespace vtp
