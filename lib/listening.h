// A listener put together: subscribers that feed an outlet, until something ends it. Wiring only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include "lib/log.h"
#include "lib/outlet.h"
#include "lib/subscriber.h"

namespace vtp {

struct ListeningOptions {
  std::vector<SubscriberOptions> brokers;
  OutletOptions outlet;
  std::chrono::milliseconds timeout{0};  // stop after so long; 0: never
  std::chrono::milliseconds idle{
      0};  // stop after so long without an event that is wanted; 0: never
};

enum class Heard {
  all,          // it ended as asked: by count, time, signal, or because nobody reads any more
  unreachable,  // a broker could not be reached, or was lost, and was not to be tried again
  failed        // an event could not be saved or printed, or a command failed
};

class Listening {
 public:
  // Throws std::runtime_error if the outlet's folder cannot be used. clock and log must live longer.
  Listening(ListeningOptions options, const Clock& clock, const Log& log);

  // Listens until the options, or what is read, or all brokers, or SIGINT or SIGTERM end it; then waits
  // for the commands that run. A second signal ends those too. What is still being printed a second
  // later, and not read, is broken off. Once.
  [[nodiscard]] Heard run();

 private:
  asio::awaitable<bool> take(EventPtr event, std::string peer);
  asio::awaitable<void> listen(Subscriber& subscriber);
  asio::awaitable<void> heed_signals();
  asio::awaitable<void> give_up_printing();
  void stop();
  void restart(asio::steady_timer& timer, std::chrono::milliseconds time);

  std::chrono::milliseconds timeout_;
  std::chrono::milliseconds idle_;
  asio::io_context context_;
  asio::signal_set signals_{context_, SIGINT, SIGTERM};
  asio::steady_timer timeout_timer_{context_};
  asio::steady_timer idle_timer_{context_};
  asio::steady_timer stall_timer_{context_};
  Outlet outlet_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::size_t listening_ = 0;  // subscribers that have not ended
  bool unreachable_ = false;
  bool stopped_ = false;
};

}  // namespace vtp
