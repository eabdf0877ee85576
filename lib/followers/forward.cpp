#include "lib/followers/forward.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{30'000};

}  // namespace

std::string cursor_name(const ForwardOptions& options) {
  return "forward " + text_of(options.destination.endpoint);
}

Forward::Forward(asio::any_io_executor executor, ForwardOptions options, TopicTail* tail,
                 EventLog& events, const Diagnostics& diagnostics)
    : LogFollower(executor,
                  {"--forward=" + text_of(options.destination.endpoint), cursor_name(options),
                   options.local_ivo},
                  events, diagnostics),
      name_(text_of(options.destination.endpoint)),
      tail_(tail),
      destination_(make_destination(
          executor, std::move(options.destination),
          [this](const std::string& reason) { begin_wait(reason); }, diagnostics)),
      back_off_(first_pause, longest_pause),
      change_(executor),
      patience_(options.patience),
      watch_(executor) {
  restore_cursor();
}

asio::awaitable<void> Forward::take(const LogEntry& entry, Turn turn) {
  if (finished_.contains(entry.seq)) {
    done_with(entry, turn);
    co_return;
  }
  if (tail_ && tail_->has(entry)) {
    diagnostics().debug("VOEvent {} is in {} already", entry.event->headline.ivorn, name_);
    done_with(entry, turn);
    co_return;
  }
  const std::size_t size = entry.event->bytes.size();
  last_ = entry.seq;
  if (under_way_ == 0) answered_ = steady_clock::now();
  ++under_way_;
  bytes_under_way_ += size;
  spawn(executor(), send(entry, turn),
        [this, seq = entry.seq, turn, size](const std::exception_ptr& problem) {
          --under_way_;
          bytes_under_way_ -= size;
          answered_ = steady_clock::now();
          if (problem) fail(seq, turn, reason_of(problem));
          change_.tell();
        });
  if (!watching_) watch();
  while (!has_room() && !ended() && !is_to_repeat())
    co_await change_.wait();
}

// Some causes are known to nobody else, such as too few in-sync replicas.
void Forward::watch() {
  watching_ = under_way_ > 0 && !ended();
  if (!watching_) return;
  const auto end = answered_ + patience_;
  if (steady_clock::now() >= end && !destination_->is_away())
    begin_wait(fmt::format("nothing was acknowledged for {:.0f} s",
                           std::chrono::duration<double>(patience_).count()));
  watch_.expires_at(std::max(end, steady_clock::now() + patience_ / 2));
  watch_.async_wait([this](const asio::error_code&) { watch(); });
}

bool Forward::has_room() const {
  if (last_ <= alone_until_) return under_way_ == 0;
  const auto window = destination_->window();
  return under_way_ < window.events && bytes_under_way_ < window.bytes;
}

asio::awaitable<void> Forward::send(LogEntry entry, Turn turn) {
  const Answer answer = co_await destination_->send(*entry.event);
  settle(entry, turn, answer);
}

void Forward::settle(const LogEntry& entry, Turn turn, const Answer& answer) {
  const std::string& ivorn = entry.event->headline.ivorn;
  switch (answer.outcome) {
    case Outcome::accepted:
      diagnostics().debug("VOEvent {} forwarded to {}", ivorn, name_);
      go_on();
      return done_with(entry, turn);
    case Outcome::refused:
      go_on();
      diagnostics().error("VOEvent {} is not forwarded to {}, which refuses it: {}", ivorn, name_,
                          answer.reason);
      return done_with(entry, turn);
    case Outcome::put_off:
    case Outcome::no_answer:
    case Outcome::not_sent:
      return fail(entry.seq, turn, answer.reason);
  }
}

void Forward::done_with(const LogEntry& entry, Turn turn) {
  done(turn);
  finished_.insert(entry.seq);
  finished_.erase(finished_.begin(), finished_.upper_bound(reached()));
}

// All that has failed is tried again at the same time, at first one event.
void Forward::fail(Sequence event, Turn turn, const std::string& reason) {
  if (is_finishing() || ended()) {
    end();
  } else {
    begin_wait(reason);
    if (!is_to_repeat()) next_try_ = steady_clock::now() + back_off_.next();
  }
  alone_until_ = std::max(alone_until_, std::min(event, reached() + 1));
  drop(turn, next_try_);
}

void Forward::begin_wait(const std::string& reason) {
  if (std::exchange(state_, State::waiting) != State::waiting)
    diagnostics().warning("Cannot forward events to {}: {}; retrying", name_, reason);
  if (is_finishing()) give_up();
}

void Forward::go_on() {
  back_off_.reset();
  const State before = std::exchange(state_, State::going);
  if (before == State::begun) diagnostics().info("Forwarding events to {}", name_);
  if (before == State::waiting) diagnostics().info("Forwarding events to {} again", name_);
}

asio::awaitable<void> Forward::complete() {
  while (under_way_ > 0)
    co_await change_.wait();
}

asio::awaitable<void> Forward::close() {
  watch_.cancel();
  co_await destination_->close();
}

// A destination that is away is left to the next run.
void Forward::begin_finish() {
  if (state_ == State::waiting || destination_->is_away()) give_up();
}

void Forward::cancel() { give_up(); }

void Forward::give_up() {
  end();
  destination_->stop();
  watch_.cancel();
  change_.tell();
}

}  // namespace vtp
