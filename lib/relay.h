// What a broker does with events from upstream: into the log with them, without holding up the line.
#pragma once

#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/event_log.h"
#include "lib/log.h"

namespace vtp {

// Runs on one thread, that of the executor. What it is given must live longer.
class Relay {
 public:
  Relay(asio::any_io_executor executor, EventLog& events, const Log& log);

  // For Subscriber::Take: returns before the event is in the log, so that the upstream broker gets its
  // ack at once; but no more than most_under_way at a time. Always true.
  [[nodiscard]] asio::awaitable<bool> take(EventPtr event, std::string peer);

 private:
  asio::awaitable<void> append(EventPtr event, std::string peer);

  asio::any_io_executor executor_;
  EventLog& events_;
  const Log& log_;
  std::size_t under_way_ = 0;
  asio::steady_timer room_;  // cancelled when there is room for another one
};

}  // namespace vtp
