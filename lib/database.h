// The SQLite database that a broker's log and the memory of what was seen are in, and how it is
// spoken to. Other programs may read it while ours run.
//
// On disk, version 3 (PRAGMA application_id 0x564F4556 "VOEV", user_version 3), in WAL mode:
//
//     event(seq INTEGER PRIMARY KEY,   order of acceptance, never used twice
//           digest BLOB UNIQUE,        SHA-256 of bytes
//           ivorn, stream, role TEXT,  from the headline; stream is the ivorn without its local part
//           received INTEGER,          microseconds since 1970, UTC
//           source TEXT,               where it came from
//           bytes BLOB)                as received
//     seen(id INTEGER PRIMARY KEY,     in the order of time
//          key BLOB UNIQUE,            SHA-256, see seen.h
//          at INTEGER,                 microseconds since 1970, UTC
//          claim INTEGER)              it counts unless there is such a claim
//     claim(id INTEGER PRIMARY KEY,    never used twice
//           owner INTEGER,             who writes those events out just now, see owner_lock.h
//           first INTEGER)             its rows in seen are among the 1,000 from this id on
//     handler(name TEXT PRIMARY KEY,   what it does, see handler.h
//             seq INTEGER)             of the last event up to which it has finished all
//     upstream(name TEXT PRIMARY KEY,  a broker that we subscribe to
//              digest BLOB)            of the last event up to which we have all that it sent
//
// Version 1 had the first of the tables only, version 2 not the last two; they are brought up when
// they are opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace vtp {

// The database cannot be opened, read or written; what() is one line that names the file and the
// cause.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// When what was committed is on disk.
enum class Sync {
  every_commit,  // when the commit returns
  now_and_then   // a power cut may undo the last commits, and never a part of one
};

// A connection to it. One thread at a time for each; any number of them, in any number of
// processes, on one file.
class Database {
 public:
  // Opens the database, or makes it where there is no file or an empty one. Its folder must exist.
  // Throws StoreError; a file of any other kind, or of a later version, is refused and left as it
  // is.
  Database(const std::string& path, Sync sync);

  // Runs a statement to its first row or to its end, and gives that row's first column, or 0. Throws
  // StoreError.
  std::int64_t run(const char* sql);

  // Rows that the last statement added, changed or deleted.
  [[nodiscard]] int changes() const;

  // The file, by its absolute name without links, so that all who share it call it the same.
  [[nodiscard]] std::string file() const;

  // Throws StoreError if what is open is not the file of that name any more: it was removed, or
  // another put in its place, and nobody would find what is written.
  void check_in_place();

  // Writes to disk as every transaction does, without a change to anything, and takes `room` bytes
  // of the disk for a moment. Throws StoreError if that cannot be done.
  void probe(std::size_t room);

  // The key of the row that was added last.
  [[nodiscard]] std::int64_t last_row() const;

  class Statement;
  class Transaction;
  class Unsynced;

 private:
  void open();
  void recognise();
  void bring_up();
  [[nodiscard]] std::string cause() const;  // of the last failure, with the file's name

  std::string path_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  bool has_journal_ = false;  // a file beside it, without which it is not whole
};

// A prepared statement, to be run many times; the database must live longer. What is bound must live
// until it has run. All throw StoreError.
class Database::Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters are numbered from 1.
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);
  void bind_blob(int index, const void* data, std::size_t size);

  // Goes to the next row; false at the end. After that, or after reset(), it is ready to be bound
  // anew.
  bool step();
  void reset();

  // Of the row that it is at, columns from 0; bytes live until the next step.
  [[nodiscard]] std::int64_t number(int column);
  [[nodiscard]] std::string_view bytes(int column);

  // Runs to the first row or to the end, and gives that row's first column; 0 without a row.
  std::int64_t run();

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Undone unless committed. Takes the write lock at once: one that had to ask for it later could be
// refused. Waits up to 10 s for another program that writes. Throws StoreError.
class Database::Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
};

// What is committed while it lives is on disk now and then only (Sync). Begins and ends outside of
// transactions. The beginning throws StoreError.
class Database::Unsynced {
 public:
  explicit Unsynced(Database& database);
  ~Unsynced();
  Unsynced(const Unsynced&) = delete;
  Unsynced& operator=(const Unsynced&) = delete;

 private:
  Database& database_;
  std::int64_t before_;
};

}  // namespace vtp
