#include "lib/broker/handler.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/base/backoff.h"
#include "lib/net/coroutine.h"
#include "lib/voevent/test_event.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t piece = 256 * 1024;  // bytes that are read from the log at once
constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{60};

std::string what_it_does(const OutletOptions& outlet) {
  if (outlet.command) return "cmd " + outlet.command->command;
  if (!outlet.save) return "print";
  namespace fs = std::filesystem;
  // A folder gets the same name however it is given, even before it exists.
  fs::path folder = fs::weakly_canonical(fs::absolute(*outlet.save));
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  return "save " + folder.string();
}

}  // namespace

void name_cursors(std::vector<HandlerOptions>& handlers) {
  std::map<std::string, int> count;
  for (HandlerOptions& handler : handlers) {
    handler.cursor = what_it_does(handler.outlet);
    const int same = ++count[handler.cursor];
    if (same > 1) handler.cursor += fmt::format(" ({})", same);
  }
}

Handler::Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
                 const Clock& clock, const Diagnostics& diagnostics)
    : options_(std::move(options)),
      events_(events),
      diagnostics_(diagnostics),
      wake_(executor),
      over_(executor),
      outlet_(
          executor, options_.outlet, [this] { end(); }, clock, diagnostics),
      growth_(events, [this, executor] { asio::post(executor, [this] { wake_.cancel(); }); }) {
  const auto cursor = events.handler_cursor(options_.cursor);
  // Other programs may write to the database; a cursor cannot be after the end of the log.
  position_ = std::min(cursor.value_or(events.last()), events.last());
  done_.pass(position_);
  keep_cursor();  // also a new one, for events that come while the broker is stopped
}

asio::awaitable<void> Handler::run() {
  auto at_work = std::make_shared<AtWork>();
  at_work_ = at_work;
  std::exception_ptr problem;
  try {
    co_await handle_all();
    co_await outlet_.finish();
  } catch (...) {
    problem = std::current_exception();
  }
  at_work.reset();
  over_.cancel();
  if (problem) std::rethrow_exception(problem);
}

asio::awaitable<void> Handler::handle_all() {
  while (!ended_ && (!finishing_ || events_.last() != position_)) {
    std::string problem;
    try {
      co_await follow_log();
    } catch (const StoreError& error) {
      problem = error.what();
    }
    if (!problem.empty()) {
      diagnostics_.error("{}: cannot read events: {}", options_.name, problem);
      co_await wait(steady_clock::now() + first_pause);
    } else if (!finishing_ && events_.last() == position_) {
      co_await wait(TimePoint::max());
    }
  }
}

// Throws StoreError.
asio::awaitable<void> Handler::follow_log() {
  const Sequence last = events_.last();  // before reading, so that no new event is skipped
  const std::vector<LogEntry> entries = co_await events_.read_after(position_, piece);
  for (const LogEntry& entry : entries) {
    pass_over(entry.seq - 1);
    co_await handle(entry);
    if (ended_) co_return;
    position_ = entry.seq;
  }
  if (entries.empty()) pass_over(last);
}

// Skips events that the log has forgotten, up to that position, if there are any.
void Handler::pass_over(Sequence position) {
  if (position <= position_) return;
  diagnostics_.warning("{}: {} event(s) are missed, which are no longer stored", options_.name,
                       position - position_);
  position_ = position;
  if (done_.pass(position)) keep_cursor();
}

asio::awaitable<void> Handler::handle(const LogEntry& entry) {
  const auto turn = turn_of(entry.seq);
  if (is_test_event_of(options_.local_ivo, entry.event->headline.ivorn)) {
    finish_event(turn);
    co_return;
  }
  std::optional<BackOff> back_off;
  while (!ended_) {
    const bool done = co_await hand_on(entry, turn);
    if (done) co_return;
    if (!back_off) back_off.emplace(first_pause, longest_pause);
    const auto next_try = steady_clock::now() + back_off->next();
    while (!ended_ && steady_clock::now() < next_try)
      co_await wait(next_try);
  }
}

// False if it is to be retried.
asio::awaitable<bool> Handler::hand_on(const LogEntry& entry, InOrder<Sequence>::Turn turn) {
  std::exception_ptr problem;
  try {
    co_return co_await outlet_.take(entry.event, "the log", [this, turn] { finish_event(turn); });
  } catch (...) {
    problem = std::current_exception();
  }
  diagnostics_.error("{}: {} cannot be handled: {}", options_.name, entry.event->headline.ivorn,
                     reason_of(problem));
  co_return false;
}

// Also for an event with which run() begins again.
InOrder<Sequence>::Turn Handler::turn_of(Sequence event) {
  if (begun_ != event) last_turn_ = done_.begin(event);
  begun_ = event;
  return last_turn_;
}

void Handler::finish_event(InOrder<Sequence>::Turn turn) {
  if (done_.finish(turn)) keep_cursor();
}

// If a cursor cannot be saved for lack of memory, the next one will be.
void Handler::keep_cursor() {
  try {
    events_.keep_cursor(options_.cursor, *done_.reached());
  } catch (const std::bad_alloc&) {
    diagnostics_.error("{}: cannot save its cursor: out of memory", options_.name);
  }
}

asio::awaitable<void> Handler::wait(TimePoint until) {
  asio::error_code ignored;
  wake_.expires_at(until);
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void Handler::end() {
  diagnostics_.error("{}: its output is closed; no more events are passed to it", options_.name);
  ended_ = true;
  wake_.cancel();
}

asio::awaitable<void> Handler::finish(TimePoint end) {
  finishing_ = true;
  wake_.cancel();
  outlet_.stop_retrying();
  asio::error_code ignored;
  over_.expires_at(end);
  if (is_at_work()) co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!is_at_work()) co_return;
  diagnostics_.warning("{}: not finished in time; cancelling", options_.name);
  ended_ = true;
  outlet_.stop_commands();
  outlet_.stop_printing();
  wake_.cancel();
  over_.expires_at(TimePoint::max());
  co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
