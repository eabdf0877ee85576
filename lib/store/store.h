// The durable log of events: appended once, in order, and forgotten by age. It is a SQLite
// database, which other programs may read while a broker runs.
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
#include "lib/store/copied_log.h"
#include "lib/store/cursors.h"
#include "lib/store/database.h"
#include "lib/store/digest_index.h"
#include "lib/store/received.h"
#include "lib/store/seen.h"
#include "lib/voevent/event.h"

namespace vtp {

// An event to append.
struct NewEvent {
  EventPtr event;
  std::string source;  // the peer that sent it, as the diagnostics name it
  Time received;       // see received.h
};

struct LogEntry {
  Sequence seq = 0;
  EventPtr event;        // its headline has only ivorn and role
  std::string source{};  // as in NewEvent
  Time received{};
};

// The result of appending an event.
struct Appended {
  enum class How {
    first,      // new; it is in the log now
    duplicate,  // it was in the log, or another program on the database has passed it
    claimed     // another program is passing it now (seen.h); try again soon
  };
  How how = How::first;
  Sequence seq = 0;  // its sequence number, if it was appended
  Time received{};   // the same

  bool operator==(const Appended&) const = default;
};

// The events in the log that can be read.
struct Extent {
  std::uint64_t events = 0;
  std::optional<Time> oldest;  // receipt time of the first; none without events
};

// How long events are kept, and how much of them.
struct Keep {
  static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

  std::chrono::days time{30};  // older events are forgotten
  std::uint64_t bytes = all;   // of all events together; above that, the oldest lose their bytes

  [[nodiscard]] bool limits_bytes() const { return bytes != all; }
};

// The event at that position is not as it was received. file: the database.
[[nodiscard]] StoreError damaged_event(const std::string& file, Sequence seq,
                                       std::string_view ivorn);

// The table `event` of a Database, and the tables that belong to it.
//
// One thread at a time per Store; any number of Stores, in any number of processes, on one file.
class Store {
 public:
  // path, sync: as for Database. Throws StoreError.
  explicit Store(const std::string& path, Sync sync = Sync::full);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // As Database::file().
  [[nodiscard]] std::string file() const { return database_.file(); }

  // Reads in advance what append() would read piece by piece; optional. Throws StoreError.
  void warm_up();

  // Appends all new events in one transaction, in order, and of two equal ones the first; saves the
  // cursors in the same transaction. On return they are stored as Sync says. Throws StoreError, and
  // then none of the events is in the log.
  [[nodiscard]] std::vector<Appended> append(std::span<const NewEvent> events,
                                             const NewCursors& cursors = {});

  // Saves only these cursors. They survive the end of this process; a power cut may restore the
  // values before. Throws StoreError.
  void keep(const NewCursors& cursors);

  // Throws StoreError if that many bytes could not be appended now.
  void probe(std::size_t room) { database_.probe(room); }

  // The events after that position, in order, up to `most_bytes` in total; at least one, if there
  // is any, whatever its size. Each is checked by its digest: on a damaged event, the events before
  // it are returned, and the next call throws StoreError. Throws StoreError.
  [[nodiscard]] std::vector<LogEntry> read_after(Sequence position, std::size_t most_bytes);

  // The position of the last event that was ever appended; 0 before the first. Throws StoreError.
  [[nodiscard]] Sequence last();

  // Takes constant time. Includes events that were forgotten out of order because the clock was set
  // back. Throws StoreError.
  [[nodiscard]] Extent extent();

  // The position of the event with that digest, if it has not been forgotten. Throws StoreError.
  [[nodiscard]] std::optional<Sequence> find(const Digest& digest);

  // The digest of the event at that position, if it has not been forgotten. Throws StoreError.
  [[nodiscard]] std::optional<Digest> digest_at(Sequence position);

  // The position after which the first event comes that was received at that time or later; the
  // last position if there is none. Takes some microseconds, but see received.h. Throws StoreError.
  [[nodiscard]] Sequence before(Time time);

  // When the first event after that position was received; nothing if there is none. Throws
  // StoreError.
  [[nodiscard]] std::optional<Time> received_after(Sequence position);

  // Forgets up to `most` of the events that were received, or passed by others, before `before`.
  // Returns how many: call again while it is `most`. Throws StoreError.
  [[nodiscard]] std::size_t forget(Time before, std::size_t most);

  // As ClockCheck::doubt: while it returns a time, do not call forget().
  [[nodiscard]] std::optional<Time> doubt(Time now) { return clock_check_.doubt(now); }

  // Removes the bytes of up to `most` of the oldest events that have any, while all events together
  // have more than `most_bytes`. Returns the number of events: call again while it is `most`. They
  // still count as seen, but can no longer be read. Throws StoreError.
  [[nodiscard]] std::size_t shrink(std::uint64_t most_bytes, std::size_t most);

  // The cursors of handlers and upstream brokers. Valid as long as the store.
  [[nodiscard]] CursorTable& cursors() { return cursors_; }

  // As the functions in copied_log.h.
  [[nodiscard]] std::optional<CopiedLog> copied_log() { return find_copied_log(database_); }
  [[nodiscard]] CopiedLog copy_log(const std::string& cluster, const std::string& topic) {
    return vtp::copy_log(database_, cluster, topic);
  }

  // The number of events in the log. Takes time in proportion to it: for people and tests. Throws
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
