#include "lib/followers/log_follower.h"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/voevent/test_event.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t piece = 256 * 1024;  // bytes that are read from the log at once
constexpr std::chrono::seconds read_pause{1};

}  // namespace

LogFollower::LogFollower(asio::any_io_executor executor, Identity identity, EventLog& events,
                         const Diagnostics& diagnostics)
    : executor_(executor),
      identity_(std::move(identity)),
      events_(events),
      diagnostics_(diagnostics),
      wake_(executor),
      over_(executor),
      growth_(events, [this, executor] { asio::post(executor, [this] { wake(); }); }) {}

void LogFollower::restore_cursor() {
  const auto cursor = events_.handler_cursor(identity_.cursor);
  // Other programs may write to the database; a cursor cannot be after the end of the log.
  position_ = std::min(cursor.value_or(events_.last()), events_.last());
  done_.pass(position_);
  keep_cursor();  // also a new one, for events that come while the broker is stopped
}

asio::awaitable<void> LogFollower::run() {
  auto at_work = std::make_shared<AtWork>();
  at_work_ = at_work;
  std::exception_ptr problem;
  try {
    do {
      co_await follow();
      co_await complete();  // which may find that something is to be repeated
    } while (is_to_repeat() && !ended_);
    co_await close();
  } catch (...) {
    problem = std::current_exception();
  }
  at_work.reset();
  over_.cancel();
  if (problem) std::rethrow_exception(problem);
}

bool LogFollower::has_more() const {
  return !ended_ && (!finishing_ || is_to_repeat() || events_.last() != position_);
}

asio::awaitable<void> LogFollower::follow() {
  while (has_more()) {
    if (is_to_repeat()) {
      co_await repeat();
      continue;
    }
    std::string problem;
    try {
      co_await read_some();
    } catch (const StoreError& error) {
      problem = error.what();
    }
    if (!problem.empty()) {
      diagnostics_.error("{}: cannot read events: {}", identity_.name, problem);
      co_await wait(steady_clock::now() + read_pause);
    } else if (!finishing_ && !is_to_repeat() && events_.last() == position_) {
      co_await wait(TimePoint::max());
    }
  }
}

// Throws StoreError.
asio::awaitable<void> LogFollower::read_some() {
  const Sequence last = events_.last();  // before reading, so that no new event is skipped
  const std::vector<LogEntry> entries = co_await events_.read_after(position_, piece);
  for (const LogEntry& entry : entries) {
    if (ended_ || is_to_repeat()) co_return;
    pass_over(entry.seq - 1);
    const Turn turn = turn_of(entry.seq);
    if (is_test_event_of(identity_.local_ivo, entry.event->headline.ivorn))
      done(turn);
    else
      co_await take(entry, turn);
    if (ended_) co_return;
    position_ = entry.seq;
  }
  if (entries.empty()) pass_over(last);
}

// Goes back to the first event that is not finished.
asio::awaitable<void> LogFollower::repeat() {
  co_await complete();
  while (!ended_ && steady_clock::now() < *next_try_)
    co_await wait(*next_try_);
  next_try_.reset();
  done_.drop(last_turn_);  // if take() failed before its work began
  begun_ = 0;
  position_ = *done_.reached();
}

// Skips events that the log has forgotten, up to that position, if there are any.
void LogFollower::pass_over(Sequence position) {
  if (position <= position_) return;
  diagnostics_.warning("{}: {} event(s) are missed, which are no longer stored", identity_.name,
                       position - position_);
  position_ = position;
  if (done_.pass(position)) keep_cursor();
}

// Also for an event with which run() begins again.
LogFollower::Turn LogFollower::turn_of(Sequence event) {
  if (begun_ != event) last_turn_ = done_.begin(event);
  begun_ = event;
  return last_turn_;
}

void LogFollower::done(Turn turn) {
  if (done_.finish(turn)) keep_cursor();
}

void LogFollower::drop(Turn turn, TimePoint next_try) {
  done_.drop(turn);
  next_try_ = next_try;
  wake();
}

// If a cursor cannot be saved for lack of memory, the next one will be.
void LogFollower::keep_cursor() {
  try {
    events_.keep_cursor(identity_.cursor, *done_.reached());
  } catch (const std::bad_alloc&) {
    diagnostics_.error("{}: cannot save its cursor: out of memory", identity_.name);
  }
}

asio::awaitable<void> LogFollower::wait(TimePoint until) {
  asio::error_code ignored;
  wake_.expires_at(until);
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void LogFollower::end() {
  ended_ = true;
  wake();
}

asio::awaitable<void> LogFollower::finish(TimePoint end) {
  finishing_ = true;
  wake();
  begin_finish();
  asio::error_code ignored;
  over_.expires_at(end);
  if (is_at_work()) co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!is_at_work()) co_return;
  diagnostics_.warning("{}: not finished in time; cancelling", identity_.name);
  ended_ = true;
  cancel();
  wake();
  over_.expires_at(TimePoint::max());
  co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
