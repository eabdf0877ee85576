// The broker's own test events, which show its subscribers that events arrive.
#pragma once

#include <chrono>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/store/event_log.h"

namespace vtp {

struct TestEventOptions {
  std::string local_ivo;                  // the broker's own IVOID
  std::chrono::milliseconds interval{0};  // 0: there are none
  // Brokers that share their log make the same event, of which the log takes the first: at multiples
  // of the interval.
  bool is_shared = false;
};

// One thread, that of the executor. All arguments must live longer.
class TestEvents {
 public:
  TestEvents(asio::any_io_executor executor, TestEventOptions options, EventLog& events,
             const Clock& clock, const Diagnostics& diagnostics);

  // Appends a test event after each interval, until stop().
  [[nodiscard]] asio::awaitable<void> run();

  void stop();

 private:
  [[nodiscard]] Time next_after(Time now) const;

  TestEventOptions options_;
  EventLog& events_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  asio::steady_timer pausing_;
};

}  // namespace vtp
