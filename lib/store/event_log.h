// The log of events as a broker uses it: one writer that commits in groups, the newest events in
// memory, the older ones on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/broker_lock.h"
#include "lib/store/commit.h"
#include "lib/store/store.h"
#include "lib/store/tail.h"

namespace vtp {

// Any thread. Executors that wait for it must outlive it.
class EventLog {
 public:
  // Opens the store, which keeps so much. Throws StoreError, also if another broker has it. clock and log must live longer.
  EventLog(const std::string& path, Keep keep, const Clock& clock, const Log& log,
           Sync sync = Sync::full);

  // Writes what waits, resumes those who wait for it, and ends its threads.
  ~EventLog();

  // As GroupCommit::append.
  [[nodiscard]] asio::awaitable<Stored> append(EventPtr event, std::string source) {
    return commit_.append(std::move(event), std::move(source));
  }

  // As GroupCommit::keep_cursor.
  void keep_cursor(const std::string& handler, Sequence position) {
    commit_.keep_cursor(handler, position);
  }
  void keep_cursor(const std::string& upstream, const Digest& cursor) {
    commit_.keep_cursor(upstream, cursor);
  }

  // The cursor that is on disk for that name; nothing where there is none. For the start: it waits for
  // the disk. Throws StoreError.
  [[nodiscard]] std::optional<Sequence> handler_cursor(const std::string& handler);
  [[nodiscard]] std::optional<Digest> upstream_cursor(const std::string& upstream);

  // Forgets the cursors of all handlers but these. For the start, as well. Throws StoreError.
  void forget_handlers_but(const std::vector<std::string>& handlers);

  // What there was when this began, and where.
  [[nodiscard]] std::string file() const { return file_; }
  [[nodiscard]] const Extent& begun_with() const { return begun_with_; }

  // As Tail::last.
  [[nodiscard]] Sequence last() const { return tail_.last(); }

  // As Tail::after: what is in memory, at once.
  [[nodiscard]] std::optional<std::vector<LogEntry>> newest_after(Sequence position,
                                                                  std::size_t most_bytes) const {
    return tail_.after(position, most_bytes);
  }

  // As Tail::Watch.
  class Watch : public Tail::Watch {
   public:
    Watch(EventLog& events, std::function<void()> listener)
        : Tail::Watch(events.tail_, std::move(listener)) {}
  };

  // As Store::read_after: at once if they are in memory, else from disk, on a thread of its own.
  // Throws StoreError if the disk cannot be read. Resumes on the caller's executor.
  [[nodiscard]] asio::awaitable<std::vector<LogEntry>> read_after(Sequence position,
                                                                  std::size_t most_bytes);

  // Reads on the thread that calls it.
  class Reader;

 private:
  const std::string path_;
  const Sync sync_;
  Store reader_;
  BrokerLock broker_lock_;
  const std::string file_;
  const Extent begun_with_;
  asio::thread_pool reading_{1};  // reader_ is its thread's
  Tail tail_;
  GroupCommit commit_;
};

// For a thread that may wait for the disk. One thread at a time; the log must live longer.
class EventLog::Reader {
 public:
  // The database is opened when it is needed first.
  explicit Reader(EventLog& events) : events_(events) {}

  // As EventLog::last.
  [[nodiscard]] Sequence last() const { return events_.last(); }

  // As Store::read_after: from memory if they are there, else from disk. Throws StoreError.
  [[nodiscard]] std::vector<LogEntry> read_after(Sequence position, std::size_t most_bytes);

  // As those of Store. What they find may be appended just now, and not be behind last() yet.
  [[nodiscard]] std::optional<Sequence> find(const Digest& digest) { return store().find(digest); }
  [[nodiscard]] std::optional<Digest> digest_at(Sequence position) {
    return store().digest_at(position);
  }
  [[nodiscard]] Sequence before(Time time) { return store().before(time); }

 private:
  Store& store();

  EventLog& events_;
  std::optional<Store> store_;
};

}  // namespace vtp
