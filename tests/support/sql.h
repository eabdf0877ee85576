// Access to a database as by another program.
#pragma once

#include <string>

#include <sqlite3.h>

#include "tests/support/catch.h"

namespace vtp {

// Waits if another program is writing.
inline void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  sqlite3_busy_timeout(database, 10'000);
  REQUIRE(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

// Makes a database of version 7 of one of version 8.
inline const std::string without_archive =
    "DROP TABLE archived; DROP TABLE described; DROP TABLE sky; DROP TABLE cited; "
    "DROP TABLE concept; PRAGMA user_version = 7;";

// Another program that writes to the database for as long as this lives: nobody else can.
class WriteLock {
 public:
  explicit WriteLock(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    sqlite3_busy_timeout(database_, 10'000);
    REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~WriteLock() { sqlite3_close(database_); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace vtp
