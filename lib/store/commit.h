// Group commit: the one thread that writes a broker's database. It writes all waiting events in one
// transaction, so that many authors share the cost of one sync, and saves cursors in the same
// transaction.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/base/metrics.h"
#include "lib/net/waiter.h"
#include "lib/store/appender.h"
#include "lib/store/outage.h"
#include "lib/store/store.h"
#include "lib/store/tail.h"

namespace vtp {

// Events of a shared log, in its order.
struct Copied {
  std::vector<NewEvent> events;
  std::int64_t next = 0;  // the offset of the next message, behind all of these
};

// Of the transactions that store events.
struct CommitFigures {
  Histogram seconds{0.0001};
  Histogram events{1};
};

class GroupCommit final : public Appender {
 public:
  // Takes over the store; what it appends is also added to the tail. Applies `keep` in steps of a
  // few events: it forgets old events each minute, unless the clock is not trusted (clock_check.h),
  // which is reported, and it enforces the size limit each second. tail, clock and diagnostics must live
  // longer.
  GroupCommit(std::unique_ptr<Store> store, Tail& tail, Keep keep, const Clock& clock,
              const Diagnostics& diagnostics);

  // Writes what is waiting, resumes the coroutines that wait for it, and ends the thread.
  ~GroupCommit() override;
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // As Appender::append; all events of a transaction hear their fate when it is on disk. An event
  // that another program on the same database is passing at this moment waits for the outcome, for
  // up to 10 s, and delays no other event.
  //
  // An event that the database rejects fails alone. When the disk fails, all waiting events fail,
  // and later ones fail at once until the disk can be written again; it is tried each second. A
  // failed event may be in the log nevertheless, if the disk wrote more than it reported.
  [[nodiscard]] asio::awaitable<Stored> append(EventPtr event, std::string source) override;

  // Nobody else appends: true at once.
  [[nodiscard]] asio::awaitable<bool> catch_up(
      std::chrono::steady_clock::time_point until) override;

  // Appends these events, in order, and saves the offset, in one transaction: the fate of each on
  // disk, or nothing if the disk fails or has failed. Then call it again with the same events, after
  // a pause. An event that the database rejects is reported, and is `failed` alone. Any thread; one
  // call at a time. The caller's executor must outlive this object.
  [[nodiscard]] asio::awaitable<std::optional<std::vector<Stored>>> copy(Copied events);

  // The disk has failed, and has not been written since. Any thread.
  [[nodiscard]] bool has_outage() const { return outage_.lasts(); }

  [[nodiscard]] const CommitFigures& figures() const { return figures_; }

  // Saves the cursor of a handler or of an upstream broker. Returns at once; any thread. Cursors
  // are written with the next events or, if none come, within 50 ms and without a sync; the
  // destructor writes those that remain. The last value for a name counts, but a handler's cursor
  // never moves back. If cursors cannot be written, that is reported once and retried.
  void keep_cursor(const std::string& handler, Sequence position);
  void keep_cursor(const std::string& upstream, const Digest& cursor);

  // The same for a partition: the offset of its next message.
  void keep_offset(const std::string& partition, std::int64_t next);

 private:
  struct Waiting {
    NewEvent entry;
    std::unique_ptr<Waiter<Stored>> author;
    std::chrono::steady_clock::time_point give_up;  // for an event that stays claimed
  };

  using Fates = std::optional<std::vector<Stored>>;
  struct Copying {
    Copied events;
    std::unique_ptr<Waiter<Fates>> reader;
  };

  void enqueue(Waiting waiting);
  void work();
  void warm_up();
  void wait_for_work(std::chrono::steady_clock::time_point next_forget);
  void commit(std::vector<Waiting> batch);
  std::vector<Appended> write(std::vector<NewEvent>& events,
                              std::optional<std::int64_t> next = std::nullopt);
  void commit_copied(Copying copying);
  Fates write_apart(Copied& copied);
  template <class Change>
  void change_cursors(const Change& change);
  std::optional<NewCursors> take_cursors(std::chrono::steady_clock::time_point due_by);
  void write_cursors(const NewCursors& cursors);
  void try_cursors_again(const NewCursors& cursors, std::chrono::milliseconds pause);
  void tell(Waiting waiting, Appended::How how);
  void commit_apart(std::vector<Waiting> batch, const std::string& cause);
  void fail(std::vector<Waiting> batch, const std::string& cause);
  void begin_outage(const std::string& cause, std::span<const NewEvent> events);
  void refuse(Waiting waiting, Answers<Stored>& answers);
  void try_disk();
  bool forget_some();
  bool believes(Time now);

  std::unique_ptr<Store> store_;
  Tail& tail_;
  const Keep keep_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  Outage outage_;
  CommitFigures figures_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;      // guarded by mutex_
  std::optional<Copying> copying_;  // guarded by mutex_
  bool stop_ = false;               // guarded by mutex_
  NewCursors cursors_;  // guarded by mutex_: the newest of each; of partitions, if changed
  // Guarded by mutex_: the deadline for writing cursors_; empty if they are written.
  std::optional<std::chrono::steady_clock::time_point> cursors_due_;
  Answers<Stored> answers_;       // the thread's own: to send
  Answers<Fates> fates_;          // the thread's own: to send
  std::vector<Waiting> claimed_;  // the thread's own: claimed by others; tried again
  bool stopping_ = false;         // the thread's own
  bool cursors_failed_ = false;   // the thread's own; it has been reported
  bool forgets_ = true;           // the thread's own: the last attempt to forget succeeded
  bool believes_ = true;          // the thread's own: the clock is trusted; changes are reported
  std::thread thread_;
};

}  // namespace vtp
