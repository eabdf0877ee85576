// Keeps the archive's index up with the log of a broker, off the way of authors: on a thread of its
// own, in small transactions that do not wait for the disk, after events were acknowledged. The
// index may be behind by any number of events: queries read these themselves (archive.h).
//
// Every transaction holds up authors for a moment, and empties the caches of the thread that writes
// the log. So while many events come, the indexer rests for most of the time, and it catches up
// afterwards; in the same way it indexes the events of an older database.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lib/archive/facts.h"
#include "lib/archive/index_writer.h"
#include "lib/base/diagnostics.h"
#include "lib/store/event_log.h"

namespace vtp {

// How an indexer divides its time.
struct IndexerPace {
  std::size_t step = 256;      // events in one transaction
  std::size_t busy_step = 32;  // while authors are busy, who wait for it
  // After events came, how long others are waited for that are indexed with them.
  std::chrono::milliseconds gather{500};
  double busy_rate = 100;  // events a second; above that, authors are busy
  int busy_rest = 40;      // while they are, the rest after a step, in the time that the step took
  std::chrono::milliseconds retry{10'000};         // after an error
  std::chrono::milliseconds forget_every{60'000};  // looks for forgotten events
};

class Indexer {
 public:
  // Begins a thread, which reports what fails in the diagnostics, once, and tries it again. path: of
  // the log's database. The log and the diagnostics must live longer.
  Indexer(EventLog& events, std::string path, const Diagnostics& diagnostics,
          const IndexerPace& pace = {});

  // Ends the thread after its current event or transaction.
  ~Indexer();
  Indexer(const Indexer&) = delete;
  Indexer& operator=(const Indexer&) = delete;

  // The index has the events up to this one. Any thread.
  [[nodiscard]] Sequence indexed() const { return indexed_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Tables;

  void work();
  void follow(Tables& tables);
  bool index_some(Tables& tables);
  bool forget_some(Tables& tables);
  void rest(std::chrono::steady_clock::duration step_took);
  void wait_for_events();
  void wait_until(TimePoint time);
  void report(const std::string& problem);

  EventLog& events_;
  const std::string path_;
  const Diagnostics& diagnostics_;
  const IndexerPace pace_;
  std::atomic<Sequence> indexed_{0};
  bool failed_ = false;       // the thread's own: the last try; it has been reported
  TimePoint next_forget_{};   // the thread's own
  bool busy_ = true;          // the thread's own: so are authors, as far as is known
  Sequence last_before_ = 0;  // the thread's own: of the log, when it last rested
  TimePoint before_;          // the thread's own: when that was

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> waits_{false};  // for events: whoever appends them wakes it
  std::atomic<bool> stop_{false};   // set under mutex_
  EventLog::Watch growth_;
  std::thread thread_;
};

}  // namespace vtp
