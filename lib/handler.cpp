#include "lib/handler.h"

#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/backoff.h"
#include "lib/test_event.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t piece = 256 * 1024;  // bytes that are taken from the log at once
constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{60};

}  // namespace

Handler::Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
                 const Clock& clock, const Log& log)
    : options_(std::move(options)),
      events_(events),
      log_(log),
      place_(events.last()),
      wake_(executor),
      done_(executor),
      outlet_(
          executor, options_.outlet, [this] { end(); }, clock, log),
      growth_(events, [this, executor] { asio::post(executor, [this] { wake_.cancel(); }); }) {}

asio::awaitable<void> Handler::run() {
  running_ = true;
  while (!ended_ && (!finishing_ || events_.last() != place_)) {
    std::string problem;
    try {
      co_await follow_log();
    } catch (const StoreError& error) {
      problem = error.what();
    }
    if (!problem.empty()) {
      log_.error("{}: cannot read events: {}", options_.name, problem);
      co_await wait(steady_clock::now() + first_pause);
    } else if (!finishing_ && events_.last() == place_) {
      co_await wait(TimePoint::max());
    }
  }
  co_await outlet_.finish();
  running_ = false;
  done_.cancel();
}

// Throws StoreError.
asio::awaitable<void> Handler::follow_log() {
  const Sequence last = events_.last();  // before reading: what comes meanwhile is not passed over
  const std::vector<LogEntry> entries = co_await events_.read_after(place_, piece);
  for (const LogEntry& entry : entries) {
    co_await handle(entry);
    if (ended_) co_return;
    place_ = entry.seq;
  }
  if (entries.empty()) place_ = last;
}

asio::awaitable<void> Handler::handle(const LogEntry& entry) {
  if (is_test_event_of(options_.local_ivo, entry.event->headline.ivorn)) co_return;
  BackOff back_off(first_pause, longest_pause);
  while (!ended_) {
    const bool done = co_await outlet_.take(entry.event, "the log");
    if (done) co_return;
    const auto next_try = steady_clock::now() + back_off.next();
    while (!ended_ && steady_clock::now() < next_try)
      co_await wait(next_try);
  }
}

asio::awaitable<void> Handler::wait(TimePoint until) {
  asio::error_code ignored;
  wake_.expires_at(until);
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Handler::end() {
  log_.error("{}: nobody takes events any more; none is handed on from here on", options_.name);
  ended_ = true;
  wake_.cancel();
}

asio::awaitable<void> Handler::finish(TimePoint end) {
  finishing_ = true;
  wake_.cancel();
  asio::error_code ignored;
  done_.expires_at(end);
  if (running_) co_await done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!running_) co_return;
  log_.warning("{}: not done in time; breaking off", options_.name);
  ended_ = true;
  outlet_.stop_commands();
  outlet_.stop_printing();
  wake_.cancel();
  done_.expires_at(TimePoint::max());
  co_await done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
