#include "lib/broker/test_events.h"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/voevent/test_event.h"

namespace vtp {

TestEvents::TestEvents(asio::any_io_executor executor, TestEventOptions options, EventLog& events,
                       const Clock& clock, const Diagnostics& diagnostics)
    : options_(std::move(options)),
      events_(events),
      clock_(clock),
      diagnostics_(diagnostics),
      pausing_(std::move(executor)) {}

asio::awaitable<void> TestEvents::run() {
  asio::error_code stopped;
  while (options_.interval.count() > 0) {
    const Time now = clock_.now();
    const Time next = next_after(now);
    pausing_.expires_after(next - now);
    co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    if (stopped) co_return;
    const EventPtr event = make_test_event(options_.local_ivo, next);
    const Stored stored = co_await events_.append(event, "this broker");
    if (stored == Stored::first)
      diagnostics_.info("Broadcasting test event {}", event->headline.ivorn);
  }
}

void TestEvents::stop() {
  options_.interval = {};
  pausing_.cancel();
}

Time TestEvents::next_after(Time now) const {
  if (!options_.is_shared) return now + options_.interval;
  return Time(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()) /
              options_.interval * options_.interval) +
         options_.interval;
}

}  // namespace vtp
