#include "lib/handler.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/backoff.h"
#include "lib/test_event.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t piece = 256 * 1024;  // bytes that are taken from the log at once
constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds longest_pause{60};

std::string what_it_does(const OutletOptions& outlet) {
  if (outlet.command) return "cmd " + outlet.command->command;
  if (!outlet.save) return "print";
  namespace fs = std::filesystem;
  // A folder has one name, whichever way it is given, and before it is made as well.
  fs::path folder = fs::weakly_canonical(fs::absolute(*outlet.save));
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  return "save " + folder.string();
}

}  // namespace

void name_places(std::vector<HandlerOptions>& handlers) {
  std::map<std::string, int> count;
  for (HandlerOptions& handler : handlers) {
    handler.place = what_it_does(handler.outlet);
    const int same = ++count[handler.place];
    if (same > 1) handler.place += fmt::format(" ({})", same);
  }
}

Handler::Handler(asio::any_io_executor executor, HandlerOptions options, EventLog& events,
                 const Clock& clock, const Log& log)
    : options_(std::move(options)),
      events_(events),
      log_(log),
      wake_(executor),
      over_(executor),
      outlet_(
          executor, options_.outlet, [this] { end(); }, clock, log),
      growth_(events, [this, executor] { asio::post(executor, [this] { wake_.cancel(); }); }) {
  const auto place = events.handler_place(options_.place);
  // Others may write to the database; nothing is behind its end.
  place_ = std::min(place.value_or(events.last()), events.last());
  done_.pass(place_);
  keep_place();  // a new one too, for what comes while we are away
}

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
  over_.cancel();
}

// Throws StoreError.
asio::awaitable<void> Handler::follow_log() {
  const Sequence last = events_.last();  // before reading: what comes meanwhile is not passed over
  const std::vector<LogEntry> entries = co_await events_.read_after(place_, piece);
  for (const LogEntry& entry : entries) {
    pass_over(entry.seq - 1);
    co_await handle(entry);
    if (ended_) co_return;
    place_ = entry.seq;
  }
  if (entries.empty()) pass_over(last);
}

// Goes on to that place, behind events that the log has forgotten, if there are any.
void Handler::pass_over(Sequence place) {
  if (place <= place_) return;
  log_.warning("{}: {} event(s) are missed, which are not kept any more", options_.name,
               place - place_);
  place_ = place;
  if (done_.pass(place)) keep_place();
}

asio::awaitable<void> Handler::handle(const LogEntry& entry) {
  const auto turn = done_.begin(entry.seq);
  if (is_test_event_of(options_.local_ivo, entry.event->headline.ivorn)) {
    finish_event(turn);
    co_return;
  }
  const std::function<void()> finished = [this, turn] { finish_event(turn); };
  BackOff back_off(first_pause, longest_pause);
  while (!ended_) {
    const bool done = co_await outlet_.take(entry.event, "the log", finished);
    if (done) co_return;
    const auto next_try = steady_clock::now() + back_off.next();
    while (!ended_ && steady_clock::now() < next_try)
      co_await wait(next_try);
  }
}

void Handler::finish_event(InOrder<Sequence>::Turn turn) {
  if (done_.finish(turn)) keep_place();
}

void Handler::keep_place() { events_.keep_place(options_.place, *done_.reached()); }

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
  over_.expires_at(end);
  if (running_) co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!running_) co_return;
  log_.warning("{}: not done in time; breaking off", options_.name);
  ended_ = true;
  outlet_.stop_commands();
  outlet_.stop_printing();
  wake_.cancel();
  over_.expires_at(TimePoint::max());
  co_await over_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace vtp
