// The SQLite database that a broker's log and the memory of what was seen are in, and how it is
// spoken to. Other programs may read it while ours run.
//
// On disk, version 5 (PRAGMA application_id 0x564F4556 "VOEV", user_version 5), in WAL mode; what
// people may ask of it is in vtp-eventdb(5):
//
//     event(seq INTEGER PRIMARY KEY,   order of acceptance, one more each time, never used twice
//           digest BLOB,               SHA-256 of bytes
//           ivorn, stream, role TEXT,  from the headline; stream is the ivorn without its local part
//           received INTEGER,          microseconds since 1970, UTC
//           source TEXT,               where it came from
//           bytes BLOB)                as received; empty where the log became too large
//     kept(seq INTEGER,                one row: up to this one events have lost their bytes
//          bytes INTEGER)              that all others have between them
//     rising(seq, newest INTEGER)      one row: where `received` began to rise, see received.h
//     clock(believed, doubted INTEGER) one row: whether the clock can be believed, see clock_check.h
//     seen(id INTEGER PRIMARY KEY,     in the order of time, never used twice
//          key BLOB,                   SHA-256, see seen.h
//          at INTEGER,                 microseconds since 1970, UTC
//          claim INTEGER)              it counts unless there is such a claim
//     claim(id INTEGER PRIMARY KEY,    never used twice
//           owner INTEGER,             who writes those events out just now, see owner_lock.h
//           first INTEGER)             its rows in seen are among the 1,000 from this id on
//     handler(name TEXT PRIMARY KEY,   what it does, see handler.h
//             seq INTEGER)             of the last event up to which it has finished all
//     upstream(name TEXT PRIMARY KEY,  a broker that we subscribe to
//              digest BLOB)            of the last event up to which we have all that it sent
//     digest_page, digest_mark         the index of the digests and keys, see digest_index.h
//
// Version 1 had the first of the tables only. Version 2 had no `kept`, `handler` and `upstream`, and
// unique indexes of SQLite's on digest and key. Version 3 had no `rising`, and version 4 no `clock`.
// They are brought up when they are opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/store/write_combining_vfs.h"
#include "lib/voevent/event.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vtp {

// The database cannot be opened, read or written; what() is one line that names the file and the
// cause.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The disk has no part in it: what was to be written is nothing that the database takes.
class UnfitError : public StoreError {
  using StoreError::StoreError;
};

// When what was committed is on disk. Whatever this is, it is there when the program is killed.
enum class Sync {
  full,    // when the commit returns
  normal,  // now and then: a power cut may undo the last commits, and never a part of one
  off      // when the system likes: a power cut may leave the file damaged
};

// What people call them: "full", "normal", "off".
[[nodiscard]] Result<Sync> parse_sync(std::string_view text);

// A connection to it. One thread at a time for each; any number of them, in any number of
// processes, on one file.
class Database {
 public:
  // Opens the database, or makes it where there is no file or an empty one, for the owner and for its
  // group to read (new_file.h), and what belongs to it likewise. Its folder must exist.
  // Throws StoreError; a file of any other kind, or of a later version, or damaged, is refused and
  // left as it is. All of a file of up to 64 MB is looked through for damage; of a larger one, what
  // opening takes, so that it takes no longer.
  Database(const std::string& path, Sync sync);
  ~Database();

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

  // How many transactions have begun, and how many of those that write were undone.
  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }
  [[nodiscard]] std::uint64_t undone() const { return undone_; }

  class Statement;
  class Transaction;
  class Unsynced;

 private:
  void open();
  void recognise();
  void look_for_damage();
  void set(Sync sync);
  void bring_up();
  [[nodiscard]] std::string cause() const;  // of the last failure, with the file's name

  std::string path_;
  WriteCombiningVfs vfs_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  std::unique_ptr<Statement> begin_to_read_;
  std::unique_ptr<Statement> begin_to_write_;
  std::unique_ptr<Statement> commit_;
  bool has_journal_ = false;  // a file beside it, without which it is not whole
  std::uint64_t transactions_ = 0;
  std::uint64_t undone_ = 0;
};

// Whether its mode, and those of the folders on the way to it, let any user of this machine read that
// file, which is named by its absolute name without links. Such a user can hold up all writing.
[[nodiscard]] bool everybody_may_read(const std::string& file);

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
  void bind(int index, const Digest& digest);
  void bind_blob(int index, std::string_view bytes);

  // Goes to the next row; false at the end. After that, or after reset(), it is ready to be bound
  // anew.
  bool step();
  void reset();

  // Of the row that it is at, columns from 0; bytes live until the next step.
  [[nodiscard]] std::int64_t number(int column);
  [[nodiscard]] std::string_view bytes(int column);

  // Nothing if it is none: others may write to a database, too.
  [[nodiscard]] std::optional<Digest> digest(int column);

  // Runs to the first row or to the end, and gives that row's first column; 0 without a row.
  std::int64_t run();

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Undone unless committed. One that is to write takes the lock at once: if it had to ask for that
// later, it could be refused. It waits up to 10 s for another program that writes. One that reads
// sees what was there when it began, and holds up nobody. Throws StoreError.
class Database::Transaction {
 public:
  enum class Access { read, write };
  explicit Transaction(Database& database, Access access = Access::write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  const bool writes_;
  bool committed_ = false;
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
