// A handler: what a broker itself does with the events that it accepts. It prints them, saves them,
// or runs a command for each.
#pragma once

#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/followers/log_follower.h"
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

// Passes each event to the outlet; an event is finished as Outlet::take says. It ends when the
// reader of what is printed has gone or printing fails, which is reported. If an event cannot be
// saved, or a command cannot be started for lack of processes, descriptors or memory, it is retried
// after pauses of up to 1 s at first and up to one minute later.
class Handler final : public LogFollower {
 public:
  // Begins at its cursor or, without one, after the last event in the log. Throws
  // std::runtime_error if the outlet's folder cannot be used, or the cursor cannot be read.
  Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
          const Clock& clock, const Diagnostics& diagnostics);

 private:
  asio::awaitable<void> take(const LogEntry& entry, Turn turn) override;
  asio::awaitable<void> complete() override;
  asio::awaitable<void> close() override;
  void begin_finish() override;
  void cancel() override;
  asio::awaitable<bool> hand_on(const LogEntry& entry, Turn turn);
  void output_closed();

  Outlet outlet_;
};

}  // namespace vtp
