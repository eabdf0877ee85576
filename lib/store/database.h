// The SQLite database that holds a broker's log and the digest set, and access to it. Other
// programs may read it at the same time.
// On disk: SQLite in WAL mode, with the tables that database_version.h has.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/store/write_combining_vfs.h"
#include "lib/store/write_turn.h"
#include "lib/voevent/event.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vtp {

// The database cannot be opened, read or written; what() is one line that names the file and the
// cause.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The database rejects the data itself; the disk is not the cause.
class UnfitError : public StoreError {
  using StoreError::StoreError;
};

// The time for a statement was over; see Database::end_by().
class TimeIsOver : public StoreError {
  using StoreError::StoreError;
};

// When a committed transaction is on disk. In all modes it survives if the program is killed.
enum class Sync {
  full,    // before the commit returns
  normal,  // from time to time: a power cut may undo the last commits, each as a whole
  off      // when the system decides: a power cut may damage the file
};

// The names in options: "full", "normal", "off".
[[nodiscard]] Result<Sync> parse_sync(std::string_view text);

// A connection to the database. One thread at a time per connection; any number of connections, in
// any number of processes, to one file.
class Database {
 public:
  // Opens the database, or creates it where there is no file or an empty one. It and its companion
  // files get a mode that lets the owner write and the group read (new_file.h). The folder must
  // exist. Throws StoreError; a file of another kind, of a later version, or a damaged one is
  // refused and not changed. A file of up to 64 MB is checked for damage completely; of a larger
  // one, only the parts that opening it reads, so that opening stays fast.
  Database(const std::string& path, Sync sync);

  // Opens a database that exists, to read it, whether or not other programs have it open: of version
  // oldest_for_reading or later, and leaves it in that version. Needs no more than the right to read
  // the file. If no program has it open, and files may not be created beside it, it must not be
  // written meanwhile: see check_unchanged(). Throws StoreError.
  struct ForReading {};
  Database(const std::string& path, ForReading);
  ~Database();

  // It was opened for reading.
  [[nodiscard]] bool only_reads() const { return !turn_; }

  // Of the tables (database_version.h).
  [[nodiscard]] std::int64_t version() const { return version_; }

  // For reading: throws StoreError if the database was written by a program that could not know of
  // this one, so that anything that was read may be wrong.
  void check_unchanged() const;

  // Every statement that still runs at that time throws TimeIsOver, up to the next call; nothing: no
  // limit.
  void end_by(std::optional<std::chrono::steady_clock::time_point> time);

  // From now on, every statement with such a time throws TimeIsOver. Any thread.
  void interrupt() { limit_.interrupted = true; }
  [[nodiscard]] bool is_interrupted() const { return limit_.interrupted; }

  // Runs a statement to its first row or to its end, and returns that row's first column, or 0.
  // Throws StoreError.
  std::int64_t run(const char* sql);

  // Number of rows that the last statement added, changed or deleted.
  [[nodiscard]] int changes() const;

  // The absolute path without links, so that all programs that share the file use the same name.
  [[nodiscard]] std::string file() const;

  // Throws StoreError if the open file is no longer the file at its path: it was removed or
  // replaced, and what is written to it would be lost.
  void check_in_place();

  // Writes to disk as every transaction does, without changing any data, and occupies `room` bytes
  // of the disk for a moment. Throws StoreError if that fails.
  void probe(std::size_t room);

  // The key of the last row that was added.
  [[nodiscard]] std::int64_t last_row() const;

  // Numbers of transactions begun, and of writing transactions undone.
  [[nodiscard]] std::uint64_t transactions() const { return transactions_; }
  [[nodiscard]] std::uint64_t undone() const { return undone_; }

  class Statement;
  class Transaction;
  class Unsynced;

 private:
  // Runs now and then during a statement; other than 0 ends it.
  static int is_time_over(void* limit);
  void open();
  void open_for_reading();
  void recognise();
  void look_for_damage();
  void set(Sync sync);
  void bring_up();
  [[nodiscard]] std::string cause() const;  // of the last failure, with the path

  std::string path_;
  WriteCombiningVfs vfs_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  std::unique_ptr<WriteTurn> turn_;  // set while it opens; nullptr if it only reads
  std::unique_ptr<Statement> begin_to_read_;
  std::unique_ptr<Statement> begin_to_write_;
  std::unique_ptr<Statement> commit_;
  std::chrono::steady_clock::time_point
      waiting_since_;         // for another program; SQLite has a pointer to it
  bool has_journal_ = false;  // the file beside it, which holds a part of the data
  std::int64_t version_ = 0;
  // Of the file, if no lock keeps other programs from writing to it.
  std::optional<std::chrono::nanoseconds> unlocked_since_;
  struct Limit {
    std::optional<std::chrono::steady_clock::time_point> end_by;
    std::atomic<bool> interrupted{false};
  };
  Limit limit_;  // SQLite has a pointer to it
  std::uint64_t transactions_ = 0;
  std::uint64_t undone_ = 0;
};

// A prepared statement that can run many times. The database must live longer, and bound values
// must live until the statement has run. All throw StoreError.
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
  void bind_real(int index, std::optional<double> value);  // or NULL

  // Moves to the next row; false at the end. After that, or after reset(), values can be bound
  // again.
  bool step();
  void reset();

  // Values of the current row, with columns from 0; bytes are valid until the next step.
  [[nodiscard]] std::int64_t number(int column);
  [[nodiscard]] std::string_view bytes(int column);
  [[nodiscard]] double real(int column);
  [[nodiscard]] bool is_null(int column);

  // Nothing if the value is not a digest: other programs can write to the database, too.
  [[nodiscard]] std::optional<Digest> digest(int column);

  // Runs to the first row or to the end, and returns that row's first column; 0 without a row.
  std::int64_t run();

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Undone unless committed. A writing transaction takes the lock at its start, since a request for
// it later could be refused; it waits up to 10 s for its turn (write_turn.h), and up to 10 s for
// another program that writes. A reading transaction sees the state at its start and blocks no other program. Throws StoreError.
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

// While it lives, commits reach the disk only from time to time (Sync::normal). Create and destroy
// it outside of transactions. The constructor throws StoreError.
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
