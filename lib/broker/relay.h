// What a broker does with events from one upstream broker: into the log with them, many at a time; and
// how far it has come with those.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/in_order.h"
#include "lib/base/log.h"
#include "lib/broker/upstream_filter.h"
#include "lib/store/event_log.h"

namespace vtp {

// Runs on one thread, that of the executor. What it is given must live longer.
class Relay {
 public:
  // How many events may be in take() at the same time, for SubscriberOptions: enough for one transaction
  // to bear the cost of many, while those of the next one come.
  static constexpr std::size_t most_under_way = 1024;

  // Told of each event of the upstream broker up to which, with itself, everything is in our log: from
  // there on it may begin when we are started again.
  using KeepCursor = std::function<void(const Digest&)>;

  // filter: which events are wanted; none: all.
  Relay(asio::any_io_executor executor, EventLog& events, const Log& log,
        KeepCursor keep_cursor = {}, std::unique_ptr<UpstreamFilter> filter = nullptr);

  // For Subscriber::Take: true once the event is in the log, or known to have been let through before, or
  // not wanted. One that is not wanted goes nowhere, and is not known as seen either: it may be submitted.
  // What cannot be stored is tried again after pauses, which holds up the line in the end, so that
  // the upstream broker keeps what follows. False if it is not stored when stop() is called. One
  // that ends by what it throws is to be given again, with all that came behind it.
  [[nodiscard]] asio::awaitable<bool> take(EventPtr event, std::string peer);

  // For Subscriber::ToldCaughtUp.
  void caught_up(const Digest& last);

  // Nothing is tried again any more. Safe to call again.
  void stop();

 private:
  asio::awaitable<bool> wants(EventPtr event, const std::string& peer);
  asio::awaitable<bool> store(EventPtr event, const std::string& peer);
  asio::awaitable<void> pause(const std::string& peer);
  void keep_cursor();

  EventLog& events_;
  const Log& log_;
  KeepCursor keep_cursor_;
  const std::unique_ptr<UpstreamFilter> filter_;
  const std::shared_ptr<InOrder<Digest>> stored_ = std::make_shared<InOrder<Digest>>();
  BackOff back_off_;
  asio::steady_timer next_try_;  // of all that wait
  bool waiting_ = false;         // for next_try_
  bool in_trouble_ = false;      // events could not be stored, last time
  bool stopped_ = false;
};

}  // namespace vtp
