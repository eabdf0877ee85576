// Who submits events to one destination: a broker (author.h) or a topic (kafka_author.h).
#pragma once

#include <string>

#include <asio/awaitable.hpp>

#include "lib/author/answer.h"

namespace vtp {

// One thread.
class Submitter {
 public:
  virtual ~Submitter() = default;

  // Sends an event, exact to the byte, and waits for its outcome. Any number of calls may wait at
  // the same time: events are sent in the order of the calls. `ivorn` is the event's; both must
  // live until it is done.
  [[nodiscard]] virtual asio::awaitable<Answer> submit(const std::string& ivorn,
                                                       const std::string& event) = 0;

  // True if events that are submitted now are sent before earlier ones have their outcomes.
  [[nodiscard]] virtual bool sends_ahead() const = 0;

  // Events that were sent get their outcome; events that were not sent, and all that are submitted
  // from now on, are `not_sent`.
  virtual void stop() = 0;
};

}  // namespace vtp
