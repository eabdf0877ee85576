// Follows the log with a cursor that is saved: what handlers and forwards share.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"
#include "lib/base/in_order.h"
#include "lib/store/event_log.h"

namespace vtp {

// A follower is a cursor in the log, as a subscriber is: one that is slow or cannot continue blocks
// nothing else, and gets all events in order later. The cursor is saved, so that the next run
// continues after the last event up to which all are finished. One thread, that of the executor.
// All arguments must live longer.
class LogFollower {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Identity {
    std::string name;       // in the diagnostics
    std::string cursor;     // the unique name of its cursor in the log
    std::string local_ivo;  // the broker's own; its test events are skipped
  };

  virtual ~LogFollower() = default;
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;

  [[nodiscard]] const Identity& identity() const { return identity_; }

  // The last event up to which all are finished.
  [[nodiscard]] Sequence reached() const { return *done_.reached(); }

  // Passes each event to take(), until finish() or end(). Events that were forgotten before their
  // turn are reported in a warning with their number. If events cannot be read, that is reported
  // and retried. Call it once; again only after an exception.
  [[nodiscard]] asio::awaitable<void> run();

  // Works on the rest of the log; what is not finished at `end` is cancelled. Resumes when run()
  // and all that it started have ended.
  [[nodiscard]] asio::awaitable<void> finish(TimePoint end);

 protected:
  using Turn = InOrder<Sequence>::Turn;

  LogFollower(asio::any_io_executor executor, Identity identity, EventLog& events,
              const Diagnostics& diagnostics);

  // Moves to the saved cursor or, without one, after the last event in the log. Call it once, at
  // the end of the constructor. Throws StoreError.
  void restore_cursor();

  // Begins the work on an event, and resumes when the next one may come. The work is over when
  // done() or drop() is called with the turn. Called again with the same turn after an exception.
  [[nodiscard]] virtual asio::awaitable<void> take(const LogEntry& entry, Turn turn) = 0;

  // Resumes when all work that take() began is over. Called before events are repeated, and at the
  // end.
  [[nodiscard]] virtual asio::awaitable<void> complete() = 0;

  // Called once, at the end: resumes when nothing is left of what take() used.
  [[nodiscard]] virtual asio::awaitable<void> close() = 0;

  // Called when finish() begins: nothing is to be retried for long.
  virtual void begin_finish() = 0;

  // Called when the time for finish() is over: what take() began must end now.
  virtual void cancel() = 0;

  // The event of that turn is finished; the cursor moves if all before it are.
  void done(Turn turn);

  // The event of that turn failed: it is passed to take() again, with all after it, none of which
  // counts as finished; when the work that has begun is over, and not before `next_try`.
  void drop(Turn turn, TimePoint next_try);

  // No further event is passed to take().
  void end();
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] bool is_finishing() const { return finishing_; }

  // Events are to be repeated, for which take() should not delay.
  [[nodiscard]] bool is_to_repeat() const { return next_try_.has_value(); }

  // Until that time, or until wake(), which is also called when the log grows and when it is to end.
  [[nodiscard]] asio::awaitable<void> wait(TimePoint until);
  void wake() { wake_.cancel(); }

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }

 private:
  struct AtWork {};  // run() holds one

  asio::awaitable<void> follow();
  asio::awaitable<void> read_some();
  asio::awaitable<void> repeat();
  Turn turn_of(Sequence event);
  void keep_cursor();
  void pass_over(Sequence position);
  [[nodiscard]] bool has_more() const;
  [[nodiscard]] bool is_at_work() const { return !at_work_.expired(); }

  const asio::any_io_executor executor_;
  const Identity identity_;
  EventLog& events_;
  const Diagnostics& diagnostics_;
  Sequence position_ = 0;  // of the last event that it has begun
  InOrder<Sequence> done_;
  Sequence begun_ = 0;                 // the last event that was begun in done_
  Turn last_turn_ = 0;                 // its turn
  std::optional<TimePoint> next_try_;  // set when events were dropped
  asio::steady_timer wake_;            // cancelled when there is something to do earlier
  asio::steady_timer over_;            // cancelled when run() has ended
  bool finishing_ = false;             // ends when nothing is left
  bool ended_ = false;                 // ends now
  std::weak_ptr<AtWork> at_work_;
  EventLog::Watch growth_;
};

}  // namespace vtp
