// The durable log of events: appended once, in order, and forgotten by age. A SQLite database that
// other programs may read while a broker runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/clock_check.h"
#include "lib/store/cursors.h"
#include "lib/store/database.h"
#include "lib/store/digest_index.h"
#include "lib/store/received.h"
#include "lib/store/seen.h"
#include "lib/voevent/event.h"

namespace vtp {

// An event that is to be appended.
struct NewEvent {
  EventPtr event;
  std::string source;  // the peer that it came from, as the log names it
  Time received;       // see received.h
};

struct LogEntry {
  Sequence seq = 0;
  EventPtr event;  // of the headline, only ivorn and role
};

// What became of an event that was to be appended.
struct Appended {
  enum class How {
    first,      // it is in the log
    duplicate,  // it was there before, or was let through by another program on the same database
    claimed     // such a program is letting it through just now (seen.h); worth another try soon
  };
  How how = How::first;
  Sequence seq = 0;  // its sequence number, if it is in the log

  bool operator==(const Appended&) const = default;
};

// How much the log has that can be read.
struct Extent {
  std::uint64_t events = 0;
  std::optional<Time> oldest;  // when that was received; none if there are no events
};

// What is kept of an event, and how long.
struct Keep {
  static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

  std::chrono::days time{30};  // then it is forgotten
  std::uint64_t bytes = all;   // that all events have between them; the older ones lose theirs

  [[nodiscard]] bool limits_bytes() const { return bytes != all; }
};

// The table event of a Database, and what goes with it.
//
// One thread at a time for each Store; any number of Stores, in any number of processes, on one
// file.
class Store {
 public:
  // As Database's. Throws StoreError.
  explicit Store(const std::string& path, Sync sync = Sync::full);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // As Database's.
  [[nodiscard]] std::string file() const { return database_.file(); }

  // Reads what append() would read bit by bit; nobody needs to call it. Throws StoreError.
  void warm_up();

  // Appends all that are new in one transaction, in order, of two that are the same the earlier. When
  // it returns, they are there, as Sync says, and so are these cursors. Throws StoreError, and then none
  // of them is in the log.
  [[nodiscard]] std::vector<Appended> append(std::span<const NewEvent> events,
                                             const NewCursors& cursors = {});

  // Keeps these cursors alone. They outlive this process; a power cut may bring those back that were
  // there before. Throws StoreError.
  void keep(const NewCursors& cursors);

  // Throws StoreError if so many bytes could not be appended now.
  void probe(std::size_t room) { database_.probe(room); }

  // The events behind that position, in order, as many as have at most `most_bytes` between them; the
  // first, if there is any, whatever its size. Each is as it was received, by its digest: those ahead
  // of one that is not are given, and then StoreError thrown. Throws StoreError.
  [[nodiscard]] std::vector<LogEntry> read_after(Sequence position, std::size_t most_bytes);

  // The position of the last event that was ever appended; 0 before the first. Throws StoreError.
  [[nodiscard]] Sequence last();

  // At once, however many events there are: those that a clock which was set back has had forgotten ahead of others
  // count as well. Throws StoreError.
  [[nodiscard]] Extent extent();

  // The position of the event with that digest, if the log remembers it. Throws StoreError.
  [[nodiscard]] std::optional<Sequence> find(const Digest& digest);

  // The digest of the event at that position, if the log remembers it. Throws StoreError.
  [[nodiscard]] std::optional<Digest> digest_at(Sequence position);

  // The position behind which all events are that were received at that time or later; the last position
  // if there are none. Takes some microseconds, but see received.h. Throws StoreError.
  [[nodiscard]] Sequence before(Time time);

  // Forgets up to `most` of the events received, or let through by others, before `before`, and
  // returns how many there were: call again while it is `most`. Throws StoreError.
  [[nodiscard]] std::size_t forget(Time before, std::size_t most);

  // As ClockCheck::doubt: while it says something, forget() is not to be called.
  [[nodiscard]] std::optional<Time> doubt(Time now) { return clock_check_.doubt(now); }

  // Takes their bytes from up to `most` of the oldest events that have any, as long as all of them
  // between them have more than `most_bytes`, and returns from how many: call again while it is
  // `most`. They stay known, but cannot be read any more. Throws StoreError.
  [[nodiscard]] std::size_t shrink(std::uint64_t most_bytes, std::size_t most);

  // How far others have come. Lives as long as the store.
  [[nodiscard]] CursorTable& cursors() { return cursors_; }

  // How many events the log holds. Takes time with their number: for people and tests. Throws
  // StoreError.
  [[nodiscard]] std::uint64_t size();

 private:
  Appended append_one(const NewEvent& entry);
  void count(std::int64_t bytes);

  Database database_;
  DigestIndex index_;
  SeenTable seen_;
  CursorTable cursors_;
  ReceivedTimes received_;
  ClockCheck clock_check_;
  Database::Statement insert_;
  Database::Statement count_;
  Database::Statement read_;
  Database::Statement digest_at_;
  Database::Statement forget_;
  Database::Statement kept_;
  Database::Statement oldest_;
  Database::Statement empty_;
  Database::Statement empty_until_;
};

}  // namespace vtp
