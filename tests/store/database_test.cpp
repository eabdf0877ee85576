#include "lib/store/database.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <sqlite3.h>

#include "lib/base/new_file.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/write_turn.h"

namespace vtp {
namespace {

constexpr Sync sync = Sync::normal;

}  // namespace

TEST_CASE("a name that SQLite has a use for is a file all the same") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.file(""));
  { Database database(":memory:", sync); }
  CHECK(std::filesystem::exists(folder.file(":memory:")));
  std::filesystem::current_path(before);
}

TEST_CASE("a file that is not ours is refused and left as it is") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  SECTION("no database at all") {
    std::ofstream(path) << std::string(8192, 'x');
    CHECK_THROWS_WITH(Database(path, sync), path + ": file is not a database");
  }
  SECTION("some other program's database") {
    run_sql(path, "CREATE TABLE t(a)");
    CHECK_THROWS_WITH(Database(path, sync), path + ": is the database of another program");
  }
  SECTION("a newer version") {
    { Database database(path, sync); }
    run_sql(path, "PRAGMA user_version = 99");
    CHECK_THROWS_WITH(Database(path, sync),
                      path + ": has version 99; this program supports versions up to 8");
  }
}

TEST_CASE("a file that is refused keeps its bytes") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  run_sql(path, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const std::string before = content(path);
  CHECK_THROWS_AS(Database(path, sync), StoreError);
  CHECK(content(path) == before);
}

TEST_CASE("a damaged database is refused") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  {
    Database database(path, sync);
    database.run("PRAGMA wal_checkpoint");
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(3000, '\xff');
  }
  CHECK_THROWS_AS(Database(path, sync), StoreError);
}

TEST_CASE(
    "a database that is damaged within is refused when it is small enough to be looked through") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  {
    Database database(path, sync);
    database.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) "
        "INSERT INTO seen(key, at, claim) SELECT randomblob(32), i, 0 FROM n");
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const auto size = std::filesystem::file_size(path);
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(8192, '\xff');
  }
  const std::string before = content(path);
  CHECK_THROWS_WITH(Database(path, sync),
                    Catch::Matchers::ContainsSubstring(path + ": is damaged: "));
  CHECK(content(path) == before);

  std::filesystem::resize_file(path, size / 2);
  CHECK_THROWS_AS(Database(path, sync), StoreError);
}

TEST_CASE("when an event is safe has a name") {
  CHECK(*parse_sync("full") == Sync::full);
  CHECK(*parse_sync("normal") == Sync::normal);
  CHECK(*parse_sync("off") == Sync::off);
  CHECK_FALSE(parse_sync("FULL"));
  for (const auto& [kind, value] : {std::pair{Sync::full, 2}, {Sync::normal, 1}, {Sync::off, 0}}) {
    const TemporaryFolder folder;
    Database database(folder.file("events.db"), kind);
    CHECK(database.run("PRAGMA synchronous") == value);
  }
}

TEST_CASE("a folder that cannot be written to is named with the cause") {
  CHECK_THROWS_WITH(
      Database("/nonexistent/events.db", sync),
      "/nonexistent/events.db: unable to open database file (No such file or directory)");
}

TEST_CASE("what an older version left is brought up, and kept") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  run_sql(
      path,
      "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x564F4556; PRAGMA user_version = 1;"
      "CREATE TABLE event(seq INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL, "
      "ivorn TEXT NOT NULL, stream TEXT NOT NULL, role TEXT NOT NULL, received INTEGER NOT "
      "NULL, source TEXT NOT NULL, bytes BLOB NOT NULL) STRICT;"
      "CREATE UNIQUE INDEX event_digest ON event(digest);"
      "CREATE INDEX event_received ON event(received);"
      "INSERT INTO event VALUES(7, x'00', 'ivo://a.b/c#1', 'ivo://a.b/c', 'test', 0, 'me', x'01')");
  Database database(path, sync);
  CHECK(database.run("PRAGMA user_version") == 8);
  CHECK(database.run("SELECT seq FROM event") == 7);
  CHECK(database.run("SELECT count(*) FROM seen") == 0);
  CHECK(database.run("SELECT count(*) FROM handler") == 0);
  CHECK(database.run("SELECT count(*) FROM upstream") == 0);
  CHECK(database.run("SELECT count(*) FROM partition") == 0);
}

TEST_CASE("what need not be on disk at once is an exception, and ends") {
  const TemporaryFolder folder;
  for (const Sync usual : {Sync::full, Sync::normal}) {
    Database database(folder.file("events.db"), usual);
    const std::int64_t before = database.run("PRAGMA synchronous");
    {
      const Database::Unsynced unsynced(database);
      CHECK(database.run("PRAGMA synchronous") == 1);
      Database::Transaction undone(database);
    }
    CHECK(database.run("PRAGMA synchronous") == before);
  }
}

TEST_CASE("many may make one at the same time") {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  std::atomic<int> made{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Database database(folder.file("events.db"), sync);
      made += static_cast<int>(database.run("SELECT count(*) = 0 FROM event"));
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(made == 8);
}

TEST_CASE("a file of one byte is no database, and is left as it is") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  std::ofstream(path) << "x";
  CHECK_THROWS_WITH(Database(path, sync), path + ": file is not a database");
  CHECK(content(path) == "x");
}

TEST_CASE("many programs may make one at the same time") {
  constexpr int programs = 8;
  for (int round = 0; round < 10; ++round) {
    const TemporaryFolder folder;
    Pipe begin;
    std::vector<pid_t> children;
    for (int i = 0; i < programs; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      begin.close_writing();
      char byte = 0;
      static_cast<void>(begin.read_byte(byte));  // all of them begin when the parent closes it
      int status = 1;
      try {
        Database database(folder.file("events.db"), sync);
        Database::Transaction transaction(database);
        database.run("INSERT INTO handler SELECT count(*), 0 FROM handler");
        transaction.commit();
        status = 0;
      } catch (const StoreError& error) {
        std::fprintf(stderr, "%s\n", error.what());
      }
      ::_exit(status);
    }
    begin.close_writing();
    int failed = 0;
    for (const pid_t child : children) {
      int end = 0;
      REQUIRE(::waitpid(child, &end, 0) == child);
      failed += end != 0 ? 1 : 0;
    }
    CHECK(failed == 0);
    CHECK(Database(folder.file("events.db"), sync).run("SELECT count(*) FROM handler") == programs);
  }
}

TEST_CASE("a database that another program is about to make is waited for") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &raw) == SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> other(raw, sqlite3_close);
  REQUIRE(sqlite3_exec(raw, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  auto made = std::async(std::launch::async,
                         [&] { return Database(path, sync).run("SELECT count(*) FROM event"); });
  // Long enough for it to have asked in nearly every run; in the others this shows nothing.
  CHECK(made.wait_for(std::chrono::milliseconds(100)) == std::future_status::timeout);
  sqlite3_exec(raw, "COMMIT", nullptr, nullptr, nullptr);
  CHECK(made.get() == 0);
}

TEST_CASE("whoever has just written waits behind others that want to write") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Database busy(path, sync);
  Database database(path, sync);
  for (int turn = 0; turn < 20; ++turn) {
    std::atomic<bool> has_begun = false;
    std::future<void> other;
    {
      Database::Transaction transaction(busy);
      other = std::async(std::launch::async, [&] {
        Database::Transaction others(database);
        has_begun = true;
        others.commit();
      });
      while (!is_taken(busy.file()))
        std::this_thread::yield();
      transaction.commit();
    }
    Database::Transaction again(busy);
    CHECK(has_begun);
    again.commit();
    other.get();
  }
}

TEST_CASE("a database file that was removed or replaced is not written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Database database(path, sync);
  database.check_in_place();
  SECTION("removed") { std::filesystem::remove(path); }
  SECTION("replaced") {
    std::filesystem::copy_file(path, path + ".copy");
    std::filesystem::rename(path + ".copy", path);
  }
  SECTION("its journal removed") { std::filesystem::remove(path + "-wal"); }
  CHECK_THROWS_WITH(database.check_in_place(), path + ": was removed or replaced while in use");
  CHECK_THROWS_AS(database.probe(0), StoreError);
}

TEST_CASE("a probe writes, changes nothing and leaves nothing behind") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Database database(path, Sync::full);
  const auto written = std::filesystem::file_size(path + "-wal");
  const std::int64_t version = database.run("PRAGMA user_version");
  const auto files = std::distance(std::filesystem::directory_iterator(folder.file("")), {});
  database.probe(100'000);
  CHECK(std::filesystem::file_size(path + "-wal") > written);
  CHECK(database.run("PRAGMA user_version") == version);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.file("")), {}) == files);
}

TEST_CASE(
    "a database is for its owner and its group, whatever the umask, and so is what belongs to it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  const mode_t umask_before = umask(0);
  const auto mode_of = [](const std::string& file) {
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
  };
  SECTION("a new one") {
    const Database database(path, Sync::full);
    for (const char* ending : {"", "-wal", "-shm"})
      CHECK(mode_of(path + ending) == 0640);
    CHECK_FALSE(everybody_may_read(database.file()));
  }
  SECTION("a new one behind a link") {
    std::filesystem::create_symlink("target.db", path);
    const Database database(path, Sync::full);
    CHECK(mode_of(folder.file("target.db")) == 0640);
  }
  SECTION("one that is there keeps its mode") {
    std::ofstream{path};
    std::filesystem::permissions(path, std::filesystem::perms(0604));
    const Database database(path, Sync::full);
    CHECK(mode_of(path) == 0604);
    CHECK_FALSE(everybody_may_read(database.file()));  // none but we get into the folder
    std::filesystem::permissions(folder.file(""), std::filesystem::perms(0701));
    CHECK(everybody_may_read(database.file()));
  }
  umask(umask_before);
}

TEST_CASE("a probe follows no link that somebody has put there") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  std::ofstream(folder.file("target")) << "kept";
  std::filesystem::create_symlink("target", path + "-room");
  Database database(path, Sync::full);
  database.probe(1000);
  CHECK(content(folder.file("target")) == "kept");
}

TEST_CASE("a probe finds that there is no room") {
  const TemporaryFolder folder;
  const std::string path = folder.file("events.db");
  Database database(path, sync);
  {
    // A file has no room behind the limit either.
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto old = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{50'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    CHECK_THROWS_WITH(database.probe(100'000), path + ": not enough disk space: File too large");
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, old);
  }
  database.probe(100'000);
}

TEST_CASE("what is no file is not opened for reading, and a relative path is named as it is") {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(Database(pipe, Database::ForReading{}), pipe + ": is not a file");
  CHECK_THROWS_WITH(Database("./none.db", Database::ForReading{}),
                    "./none.db: No such file or directory");
  CHECK_THROWS_WITH(Database("none.db", Database::ForReading{}),
                    "./none.db: No such file or directory");
}

}  // namespace vtp
