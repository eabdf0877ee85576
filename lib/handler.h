// What a broker does itself with the events that it takes: it prints them, saves them, or runs a
// command for each.
#pragma once

#include <chrono>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/event_log.h"
#include "lib/log.h"
#include "lib/outlet.h"

namespace vtp {

struct HandlerOptions {
  std::string name;  // what the log calls it
  OutletOptions outlet;
  std::string local_ivo;  // the broker's, whose own test events are not for handlers
};

// A place in the log, as a subscriber is: one that is slow or cannot go on holds up nobody, and gets
// everything in order when it can again. Runs on one thread, that of the executor. What it is given
// must live longer.
class Handler {
 public:
  // Begins behind the events that the log has. Throws std::runtime_error if the outlet's folder
  // cannot be used.
  Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
          const Clock& clock, const Log& log);

  // Hands each event to the outlet, until finish(), or until nobody reads what is printed, or it
  // cannot be printed; then the log says so. What cannot be saved is tried again, after pauses of up
  // to 1 s at first and up to a minute later. Once.
  [[nodiscard]] asio::awaitable<void> run();

  // Does what the log still has; what is not done at `end` is broken off. Resumes when run() has
  // ended, and all that it began.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  asio::awaitable<void> follow_log();
  asio::awaitable<void> handle(const LogEntry& entry);
  asio::awaitable<void> wait(TimePoint until);
  void end();

  HandlerOptions options_;
  EventLog& events_;
  const Log& log_;
  Sequence place_;           // of the last event that is done
  asio::steady_timer wake_;  // cancelled when there is something to do before its time
  asio::steady_timer done_;  // cancelled when run() has ended
  bool finishing_ = false;   // it ends when nothing is left
  bool ended_ = false;       // it ends now
  bool running_ = false;
  Outlet outlet_;
  EventLog::Watch growth_;
};

}  // namespace vtp
