// The subscriber's side: listens to one broker, acknowledges, stays connected.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/backoff.h"
#include "lib/check.h"
#include "lib/connection.h"
#include "lib/dial.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/transport.h"

namespace vtp {

struct SubscriberOptions {
  Endpoint broker;
  std::string local_ivo;                   // our own IVOID, in every answer; empty: anonymous
  std::vector<std::string> filters;        // XPath, for brokers that know filters
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  bool reconnect = true;
  std::chrono::milliseconds connect_patience{20'000};
  std::chrono::milliseconds silence{150'000};        // without a word: the connection is dead
  std::chrono::milliseconds first_pause{1'000};      // before the first new try
  std::chrono::milliseconds longest_pause{300'000};  // it doubles, up to this
  std::chrono::milliseconds settled{60'000};  // a connection that lived so long starts afresh
};

// How a subscriber came to its end.
enum class Departure {
  stopped,     // by stop()
  unreachable  // no connection, or it was lost, and it was not to try again
};

// Runs on one thread, that of the executor. What it is given must live longer.
class Subscriber {
 public:
  // Takes an event from a peer; true if it is to be acknowledged. The next event waits for it.
  using Take = std::function<asio::awaitable<bool>(EventPtr event, std::string peer)>;

  Subscriber(asio::any_io_executor executor, SubscriberOptions options, Take take,
             const Clock& clock, const Log& log);

  // Connects, and hands each event that a broker may relay to `take` (admit.h, the rule for events
  // from upstream); what is none is logged. Answers authenticate and iamalive (VOEvent Transport
  // Protocol 2.0, section 4.2), and never sends a nak. When the connection is lost, or silent for too
  // long, it connects again, after a pause that doubles each time and varies by chance, so that many
  // do not come back at once. Ends after stop(), or as options say. Once.
  [[nodiscard]] asio::awaitable<Departure> run();

  // Ends run(), at once unless `take` is at work. Safe to call again.
  void stop();

 private:
  asio::awaitable<void> converse(Connection& connection);
  asio::awaitable<bool> take_message(Connection& connection, std::string payload);
  asio::awaitable<bool> answer(Connection& connection, const Transport& message);
  asio::awaitable<void> pause();

  SubscriberOptions options_;
  Take take_;
  const Clock& clock_;
  const Log& log_;
  Checker checker_;
  asio::steady_timer pausing_;
  BackOff back_off_;
  Dialer* dialer_ = nullptr;          // while it is at work
  Connection* connection_ = nullptr;  // while there is one
  bool stopped_ = false;
};

}  // namespace vtp
