// How events come into the log of a broker: appended by itself, or through a log that it shares.
#pragma once

#include <chrono>
#include <string>

#include <asio/awaitable.hpp>

#include "lib/voevent/event.h"

namespace vtp {

enum class Stored {
  first,      // new; it is on disk
  duplicate,  // seen before
  failed,     // not known to be stored; a retry may succeed
  refused     // the log does not take this event, and would not take it later
};

// Any thread.
class Appender {
 public:
  virtual ~Appender() = default;

  // Resumes on the caller's executor once the event's fate is known. Errors are reported in the
  // diagnostics. A failed event may be in the log nevertheless, or come into it: if it is appended
  // again, it is a duplicate then. source: the peer that sent the event. The caller's executor must
  // outlive this object.
  [[nodiscard]] virtual asio::awaitable<Stored> append(EventPtr event, std::string source) = 0;

  // Resumes on the caller's executor: true once the log has all events that anybody had appended
  // when this was called; false if it has not by then.
  [[nodiscard]] virtual asio::awaitable<bool> catch_up(
      std::chrono::steady_clock::time_point until) = 0;
};

}  // namespace vtp
