// The durable log of events: appended once, in order, and forgotten by age. A SQLite database that
// other programs may read while a broker runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/clock.h"
#include "lib/event.h"

struct sqlite3;

namespace vtp {

// The store cannot be opened, read or written; what() is one line that names the file and the
// cause.
class StoreError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An event that is to be appended.
struct NewEvent {
  EventPtr event;
  std::string source;  // the peer that it came from, as the log names it
  Time received;
};

// An event's place in the log, from 1. Events are in the order in which they were accepted.
using Sequence = std::uint64_t;

struct LogEntry {
  Sequence seq = 0;
  EventPtr event;  // of the headline, only ivorn and role
};

// On disk, version 1 (PRAGMA application_id 0x564F4556 "VOEV", user_version 1), in WAL mode:
//
//     event(seq INTEGER PRIMARY KEY,   order of acceptance, never used twice
//           digest BLOB UNIQUE,        SHA-256 of bytes
//           ivorn, stream, role TEXT,  from the headline; stream is the ivorn without its local part
//           received INTEGER,          microseconds since 1970, UTC
//           source TEXT,               where it came from
//           bytes BLOB)                as received
//
// One table: a separate one of digests would be written twice for every event, and the index on
// digest is all that telling duplicates needs. A file of any other kind or version is refused,
// never overwritten.
//
// One thread at a time for each Store; any number of Stores, in any number of processes, on one
// file.
class Store {
 public:
  // Opens the database, or makes it where there is no file or an empty one. Its folder must exist.
  // Throws StoreError.
  explicit Store(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Appends all that are new in one transaction, and gives each its place, in order; nothing for one
  // that the log has already, and of two that are the same for the later. When it returns, they are
  // on disk (synchronous=FULL). Throws StoreError, and then none of them is in the log.
  [[nodiscard]] std::vector<std::optional<Sequence>> append(std::span<const NewEvent> events);

  // The events behind that place, in order, until they have `most_bytes` between them; at least one
  // if there is any. Throws StoreError.
  [[nodiscard]] std::vector<LogEntry> read_after(Sequence place, std::size_t most_bytes);

  // The place of the last event that was ever appended; 0 before the first. Throws StoreError.
  [[nodiscard]] Sequence last();

  // Forgets up to `most` of the events received before `before`, and returns how many there were:
  // call again while it is `most`. Throws StoreError.
  [[nodiscard]] std::size_t forget(Time before, std::size_t most);

  // How many events the log holds. Takes time with their number: for people and tests. Throws
  // StoreError.
  [[nodiscard]] std::uint64_t size();

 private:
  class Statement;
  class Transaction;
  void open();
  void create_or_recognise();
  std::int64_t run(const char* sql);
  [[nodiscard]] std::string cause() const;  // of the last failure, with the file's name

  std::string path_;
  std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_;
  std::unique_ptr<Statement> insert_;
  std::unique_ptr<Statement> read_;
  std::unique_ptr<Statement> forget_;
};

}  // namespace vtp
