// A handler: what a broker itself does with the events that it accepts. It prints them, saves them,
// or runs a command for each.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"
#include "lib/base/in_order.h"
#include "lib/output/outlet.h"
#include "lib/store/event_log.h"

namespace vtp {

struct HandlerOptions {
  std::string name;  // its name in the diagnostics
  OutletOptions outlet;
  std::string local_ivo;  // the broker's own; handlers skip its test events
  std::string cursor;     // the unique name of its cursor in the log; see name_cursors
};

// Names the cursor of each handler, which identifies it in the next run, after what it does, as in
// "print", "save /var/events" and "cmd COMMAND"; the second handler that does the same is "print
// (2)".
void name_cursors(std::vector<HandlerOptions>& handlers);

// A handler is a cursor in the log, as a subscriber is: one that is slow or cannot continue blocks
// nothing else, and gets all events in order later. The cursor is saved, so that the next run
// continues after the last event up to which all are finished (Outlet::take). One thread, that of
// the executor. All arguments must live longer.
class Handler {
 public:
  // Begins at its cursor or, without one, after the last event in the log. Throws
  // std::runtime_error if the outlet's folder cannot be used, or the cursor cannot be read.
  Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
          const Clock& clock, const Diagnostics& diagnostics);

  // Passes each event to the outlet, until finish(), or until the reader of what is printed has
  // gone or printing fails, which is reported. If an event cannot be saved, or a command cannot be
  // started for lack of processes, descriptors or memory, it is retried after pauses of up to 1 s
  // at first and up to one minute later. Events that were forgotten before their turn are reported
  // in a warning with their number. Call it once; again only after an exception.
  [[nodiscard]] asio::awaitable<void> run();

  // Handles the rest of the log; what is not finished at `end` is cancelled. Resumes when run() and
  // all that it started have ended.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  struct AtWork {};  // run() holds one
  using TimePoint = std::chrono::steady_clock::time_point;

  asio::awaitable<void> handle_all();
  asio::awaitable<void> follow_log();
  asio::awaitable<void> handle(const LogEntry& entry);
  asio::awaitable<bool> hand_on(const LogEntry& entry, InOrder<Sequence>::Turn turn);
  InOrder<Sequence>::Turn turn_of(Sequence event);
  void finish_event(InOrder<Sequence>::Turn turn);
  void keep_cursor();
  void pass_over(Sequence position);
  asio::awaitable<void> wait(TimePoint until);
  void end();
  [[nodiscard]] bool is_at_work() const { return !at_work_.expired(); }

  HandlerOptions options_;
  EventLog& events_;
  const Diagnostics& diagnostics_;
  Sequence position_ = 0;  // of the last event that it has begun
  InOrder<Sequence> done_;
  Sequence begun_ = 0;                     // the last event that was begun in done_
  InOrder<Sequence>::Turn last_turn_ = 0;  // its turn
  asio::steady_timer wake_;                // cancelled when there is something to do earlier
  asio::steady_timer over_;                // cancelled when run() has ended
  bool finishing_ = false;                 // ends when nothing is left
  bool ended_ = false;                     // ends now
  std::weak_ptr<AtWork> at_work_;
  Outlet outlet_;
  EventLog::Watch growth_;
};

}  // namespace vtp
