// The one thread that writes the log. Whatever waits when it is ready goes to disk in one
// transaction, so that many authors at once share the cost of one sync; with it the cursors of those
// who read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/awaitable.hpp>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/net/waiter.h"
#include "lib/store/outage.h"
#include "lib/store/store.h"
#include "lib/store/tail.h"

namespace vtp {

enum class Stored {
  first,      // on disk, and new
  duplicate,  // it was seen before
  failed      // it could not be written; another try may succeed
};

class GroupCommit {
 public:
  // Takes the store over, puts what it appends into the tail too, and keeps so much, a few events at a
  // time: what is too old is looked for each minute, unless the clock is not believed (clock_check.h),
  // which is logged, and what is too much each second. tail, clock and
  // log must live longer.
  GroupCommit(std::unique_ptr<Store> store, Tail& tail, Keep keep, const Clock& clock,
              const Log& log);

  // Writes what waits, resumes those who wait for it, and ends the thread.
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // Resumes on the caller's executor once the event's fate is on disk; any thread. One that another
  // program on the same database is letting through just now waits for the outcome, 10 s at most,
  // and holds up no other. What goes wrong is logged. The caller's executor must outlive this
  // object.
  //
  // An event that the database does not take has failed alone. When the disk fails, all that wait have failed, and so has at once whatever comes, until a try,
  // each second, finds that it can be written again. One that has failed may be in the log all the
  // same, if the disk did more than it said.
  [[nodiscard]] asio::awaitable<Stored> append(EventPtr event, std::string source);

  // Keeps how far a handler, or we in what a broker upstream sends, have come; returns at once, any
  // thread. Written with the events that are appended next, or else, without a sync, within 50 ms;
  // what is not written at the end is written then. Of several for one name the last counts, but a
  // handler never goes backwards. If it cannot be written, the log says so once, and it is tried again.
  void keep_cursor(const std::string& handler, Sequence position);
  void keep_cursor(const std::string& upstream, const Digest& cursor);

 private:
  struct Waiting {
    NewEvent entry;
    std::unique_ptr<Waiter<Stored>> author;
    std::chrono::steady_clock::time_point give_up;  // if it stays claimed until then
  };

  void enqueue(Waiting waiting);
  void work();
  void warm_up();
  void wait_for_work(std::chrono::steady_clock::time_point next_forget);
  void commit(std::vector<Waiting> batch);
  template <class Change>
  void change_cursors(const Change& change);
  std::optional<NewCursors> take_cursors(std::chrono::steady_clock::time_point due_by);
  void write_cursors(const NewCursors& cursors);
  void try_cursors_again(std::chrono::milliseconds pause);
  void tell(Waiting waiting, Appended::How how);
  void commit_apart(std::vector<Waiting> batch, const std::string& cause);
  void fail(std::vector<Waiting> batch, const std::string& cause);
  void refuse(Waiting waiting, Answers<Stored>& answers);
  void try_disk();
  bool forget_some();
  bool believes(Time now);

  std::unique_ptr<Store> store_;
  Tail& tail_;
  const Keep keep_;
  const Clock& clock_;
  const Log& log_;
  Outage outage_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Waiting> queue_;  // guarded by mutex_
  bool stop_ = false;           // guarded by mutex_
  NewCursors cursors_;          // guarded by mutex_: the newest that there were
  // Guarded by mutex_: when they are to be written at the latest, if they are not.
  std::optional<std::chrono::steady_clock::time_point> cursors_due_;
  Answers<Stored> answers_;       // the thread's own: to be sent
  std::vector<Waiting> claimed_;  // the thread's own, by others: to be tried again
  bool stopping_ = false;         // the thread's own
  bool cursors_failed_ = false;   // the thread's own; the log has said so
  bool forgets_ = true;           // the thread's own: the last try to forget went well
  bool believes_ = true;          // the thread's own: in the clock; the log has said so
  std::thread thread_;
};

}  // namespace vtp
