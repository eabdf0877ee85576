// Opening the database: what may be read, by whom, and what is left as it is.
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "lib/archive/archive.h"
#include "lib/store/database.h"
#include "tests/archive/mixed_log.h"
#include "tests/support/as_user.h"
#include "tests/support/catch.h"
#include "tests/support/sql.h"

namespace vtp {

using test::MixedLog;
using Seqs = std::vector<Sequence>;

TEST_CASE("a database without an index is searched, and stays as it is") {
  MixedLog log(60);
  const Seqs all = log.find({});
  log.store.reset();
  run_sql(log.path, without_archive.c_str());
  CHECK(Archive(log.path).indexed() == 0);
  CHECK(log.find({}) == all);
  Query query;
  query.cone = Cone{0, 0, 90};
  CHECK_FALSE(log.find(query).empty());
  {
    Database database(log.path, Database::ForReading{});
    CHECK(database.version() == 7);
  }
  // A broker brings it up, and then there is an index.
  log.store.emplace(log.path, Sync::off);
  const Seqs before = log.find(query);
  log.index(60);
  CHECK(log.find(query) == before);
  CHECK(Archive(log.path).indexed() == 60);
}

TEST_CASE("what is no database of events is not opened, and nothing is made") {
  const TemporaryFolder folder;
  const std::string path = folder.file("none.db");
  CHECK_THROWS_WITH(Archive(path), path + ": No such file or directory");
  CHECK_FALSE(std::filesystem::exists(path));
  std::ofstream(path).flush();
  CHECK_THROWS_WITH(Archive(path), path + ": is empty");
  CHECK(std::filesystem::file_size(path) == 0);
  std::filesystem::remove(path);
  run_sql(path, "CREATE TABLE t(a)");
  CHECK_THROWS_WITH(Archive(path), path + ": is the database of another program");
  std::filesystem::remove(path);
  { Store store(path); }
  run_sql(path, "PRAGMA user_version = 99");
  CHECK_THROWS_WITH(Archive(path), path + ": has version 99; this program reads versions 4 to 8");
}

TEST_CASE("a database that nobody has open is read, and no file is left beside it") {
  MixedLog log(30);
  log.index(15);
  log.store.reset();
  CHECK(log.find({}).size() == 30);
  CHECK_FALSE(std::filesystem::exists(log.path + "-wal"));
  CHECK_FALSE(std::filesystem::exists(log.path + "-shm"));
}

TEST_CASE("who may only read a database can search it, with and without a broker") {
  if (!may_change_user()) return;
  MixedLog log(30);
  log.index(15);
  const bool open = GENERATE(true, false);
  if (!open) log.store.reset();
  std::filesystem::permissions(log.folder.file(""), std::filesystem::perms(0755));
  for (const char* ending : {"", "-wal", "-shm"})
    ::chmod((log.path + ending).c_str(), 0644);
  CHECK(in_child([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
    return log.find({}).size() == 30;
  }));
  CHECK(std::filesystem::exists(log.path + "-wal") == open);
}

TEST_CASE("a read without locks that a writer may have disturbed is an error") {
  if (!may_change_user()) return;
  MixedLog log(30);
  log.store.reset();
  std::filesystem::permissions(log.folder.file(""), std::filesystem::perms(0755));
  std::filesystem::permissions(log.path, std::filesystem::perms(0666));
  CHECK(in_child([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
    Archive archive(log.path);
    try {
      archive.find({}, [&](const Found&) {
        std::ofstream(log.path, std::ios::app) << 'x';
        return true;
      });
    } catch (const StoreError& error) {
      return std::string(error.what()).ends_with("was written while it was read; try again");
    }
    return false;
  }));
}

TEST_CASE("a damaged event is told of") {
  MixedLog log(10);
  log.store.reset();
  run_sql(log.path,
          "UPDATE event SET bytes = CAST(replace(bytes, 'voe', 'xyz') AS BLOB) WHERE seq = 5");
  CHECK_THROWS_WITH(log.find({}), Catch::Matchers::ContainsSubstring("event 5 (") &&
                                      Catch::Matchers::ContainsSubstring(") is damaged"));
}

}  // namespace vtp
