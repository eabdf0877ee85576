// What a broker does itself with the events that it takes: it prints them, saves them, or runs a
// command for each.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/in_order.h"
#include "lib/base/log.h"
#include "lib/output/outlet.h"
#include "lib/store/event_log.h"

namespace vtp {

struct HandlerOptions {
  std::string name;  // what the log calls it
  OutletOptions outlet;
  std::string local_ivo;  // the broker's, whose own test events are not for handlers
  std::string cursor;     // the name of its cursor in the log, its own; see name_cursors
};

// Gives each handler the name by which its cursor is known from one run to the next: what it does, as
// in "print", "save /var/events" and "cmd COMMAND", and for the second that does the same "print (2)".
void name_cursors(std::vector<HandlerOptions>& handlers);

// A cursor in the log, as a subscriber is: one that is slow or cannot go on holds up nobody, and gets
// everything in order when it can again. The cursor is kept, so that in the next run it goes on behind
// the last event up to which it has finished all (Outlet::take). Runs on one thread, that of the
// executor. What it is given must live longer.
class Handler {
 public:
  // Begins at its cursor, or, if it has none yet, behind the events that the log has. Throws
  // std::runtime_error if the outlet's folder cannot be used, or the cursor cannot be read.
  Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
          const Clock& clock, const Log& log);

  // Hands each event to the outlet, until finish(), or until nobody reads what is printed, or it
  // cannot be printed; then the log says so. What cannot be saved, and a command that cannot be started for
  // want of processes, descriptors or memory, is tried again, after pauses of up to 1 s at first and up to a
  // minute later. What the log had forgotten before its turn is a warning, with its number. Once; but again
  // if it was ended by what it threw.
  [[nodiscard]] asio::awaitable<void> run();

  // Does what the log still has; what is not done at `end` is broken off. Resumes when run() has
  // ended, and all that it began.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  struct AtWork {};  // run() has one
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
  const Log& log_;
  Sequence position_ = 0;  // of the last event that it has taken up
  InOrder<Sequence> done_;
  Sequence begun_ = 0;                     // the event that was begun last in done_
  InOrder<Sequence>::Turn last_turn_ = 0;  // its turn
  asio::steady_timer wake_;  // cancelled when there is something to do before its time
  asio::steady_timer over_;  // cancelled when run() has ended
  bool finishing_ = false;   // it ends when nothing is left
  bool ended_ = false;       // it ends now
  std::weak_ptr<AtWork> at_work_;
  Outlet outlet_;
  EventLog::Watch growth_;
};

}  // namespace vtp
