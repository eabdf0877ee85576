// The author's side: hands events to a broker and learns what became of them.
#pragma once

#include <chrono>
#include <string>

#include <asio/awaitable.hpp>

#include "lib/endpoint.h"

namespace vtp {

enum class Outcome {
  accepted,  // the broker acknowledged the event
  refused,   // it will not have it; trying again is no use
  no_answer  // no connection, no answer in time, or none that can be understood; worth another try
};

struct Answer {
  Outcome outcome = Outcome::no_answer;
  std::string broker;  // who answered, by address; the name that was asked for if nobody did
  std::string reason;  // of a refusal the broker's words, of no answer ours; one line
};

struct AuthorOptions {
  std::chrono::milliseconds patience{20'000};  // for connecting, and again for the answer
  std::size_t max_answer = 64 * 1024;          // bytes; brokers' answers have a few hundred
};

// Sends one event, bytes exact, on a connection of its own, and waits for the answer (VOEvent
// Transport Protocol 2.0, section 4.1). `event` must live until it is done. Runs on the caller's
// executor.
[[nodiscard]] asio::awaitable<Answer> submit(Endpoint broker, const std::string& event,
                                             AuthorOptions options);

}  // namespace vtp
