// A broker's log: one writer with group commit, the newest events in memory, older ones on disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/store/broker_lock.h"
#include "lib/store/commit.h"
#include "lib/store/copied_log.h"
#include "lib/store/store.h"
#include "lib/store/tail.h"

namespace vtp {

// Any thread. The executors of waiting coroutines must outlive it.
class EventLog final : public Appender {
 public:
  // Opens the store and keeps events as `keep` says. Throws StoreError, also if another broker uses
  // the database. clock and diagnostics must live longer.
  EventLog(const std::string& path, Keep keep, const Clock& clock, const Diagnostics& diagnostics,
           Sync sync = Sync::full);

  // Writes what is waiting, resumes the coroutines that wait for it, and ends its threads.
  ~EventLog() override;

  // As GroupCommit::append, or as that of append_through().
  [[nodiscard]] asio::awaitable<Stored> append(EventPtr event, std::string source) override {
    return appender_->append(std::move(event), std::move(source));
  }
  [[nodiscard]] asio::awaitable<bool> catch_up(
      std::chrono::steady_clock::time_point until) override {
    return appender_->catch_up(until);
  }

  // All is appended through this from now on, as long as the log lives. Call it at the start.
  void append_through(Appender& appender) { appender_ = &appender; }

  // As GroupCommit::has_outage.
  [[nodiscard]] bool has_outage() const { return commit_.has_outage(); }

  // For a shared log: as GroupCommit::copy.
  [[nodiscard]] auto copy(Copied events) { return commit_.copy(std::move(events)); }

  // As GroupCommit::figures.
  [[nodiscard]] const CommitFigures& commit_figures() const { return commit_.figures(); }

  // Whether the log has the event: reads on a separate thread, and resumes on the caller's executor.
  // Throws StoreError.
  [[nodiscard]] asio::awaitable<bool> has(Digest digest);

  // As GroupCommit::keep_cursor.
  void keep_cursor(const std::string& handler, Sequence position) {
    commit_.keep_cursor(handler, position);
  }
  void keep_cursor(const std::string& upstream, const Digest& cursor) {
    commit_.keep_cursor(upstream, cursor);
  }

  // As GroupCommit::keep_offset.
  void keep_offset(const std::string& partition, std::int64_t next) {
    commit_.keep_offset(partition, next);
  }

  // The saved cursor of that name; nothing if there is none. Call these at the start: they block on
  // the disk. Throws StoreError.
  [[nodiscard]] std::optional<Sequence> handler_cursor(const std::string& handler);
  [[nodiscard]] std::optional<Digest> upstream_cursor(const std::string& upstream);
  // As CursorTable::partitions.
  [[nodiscard]] std::map<std::string, std::int64_t> partition_cursors(const std::string& prefix);

  // As the functions in copied_log.h. Call these at the start. Throw StoreError.
  [[nodiscard]] std::optional<CopiedLog> copied_log();
  [[nodiscard]] CopiedLog copy_log(const std::string& cluster, const std::string& topic);

  // Forgets the cursors of all other handlers. Call it at the start. Throws StoreError.
  void forget_handlers_but(const std::vector<std::string>& handlers);

  // The database's path, and its contents when this object was created.
  [[nodiscard]] std::string file() const { return file_; }
  [[nodiscard]] const Extent& begun_with() const { return begun_with_; }

  // As Tail::last.
  [[nodiscard]] Sequence last() const { return tail_.last(); }

  // As Tail::after: only from memory, without waiting.
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

  // As Store::read_after: from memory without waiting, otherwise from disk on a separate thread.
  // Throws StoreError if the disk cannot be read. Resumes on the caller's executor.
  [[nodiscard]] asio::awaitable<std::vector<LogEntry>> read_after(Sequence position,
                                                                  std::size_t most_bytes);

  // Reads on the caller's thread.
  class Reader;

 private:
  const std::string path_;
  const Sync sync_;
  Store reader_;
  BrokerLock broker_lock_;
  const std::string file_;
  const Extent begun_with_;
  asio::thread_pool reading_{1};  // only its thread uses reader_
  Tail tail_;
  GroupCommit commit_;
  Appender* appender_ = &commit_;
};

// For a thread that may wait for the disk. One thread at a time; the log must live longer.
class EventLog::Reader {
 public:
  // The database is opened on first use.
  explicit Reader(EventLog& events) : events_(events) {}

  // As EventLog::last.
  [[nodiscard]] Sequence last() const { return events_.last(); }

  // As Store::read_after: from memory if possible, otherwise from disk. Throws StoreError.
  [[nodiscard]] std::vector<LogEntry> read_after(Sequence position, std::size_t most_bytes);

  // As in Store. They may find an event that was appended just now and is not covered by last()
  // yet.
  [[nodiscard]] std::optional<Sequence> find(const Digest& digest) { return store().find(digest); }
  [[nodiscard]] std::optional<Digest> digest_at(Sequence position) {
    return store().digest_at(position);
  }
  [[nodiscard]] Sequence before(Time time) { return store().before(time); }
  [[nodiscard]] std::optional<Time> received_after(Sequence position) {
    return store().received_after(position);
  }

 private:
  Store& store();

  EventLog& events_;
  std::optional<Store> store_;
};

}  // namespace vtp
