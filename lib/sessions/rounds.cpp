#include "lib/sessions/rounds.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <asio/post.hpp>

namespace vtp {
namespace {

using std::chrono::steady_clock;

// Followers that are woken before other work gets a turn: half a millisecond of sending.
constexpr std::size_t woken_at_once = 64;

}  // namespace

Rounds::Rounds(asio::any_io_executor executor, EventLog& events, std::function<void()> on_begin)
    : executor_(std::move(executor)),
      on_begin_(std::move(on_begin)),
      pause_(executor_),
      growth_(events, [this] { tell_growth(); }) {}

void Rounds::add(Follower& follower) {
  followers_.insert(&follower);
  has_followers_ = true;
}

void Rounds::remove(Follower& follower) {
  followers_.erase(&follower);
  has_followers_ = !followers_.empty();
}

// Runs on the appending thread. A follower that this does not reach, because it was just added or
// was woken already, checks for new events before it waits again.
void Rounds::tell_growth() {
  if (has_followers_ && !waking_.exchange(true)) asio::post(executor_, [this] { begin(); });
}

void Rounds::begin() {
  const auto now = steady_clock::now();
  if (now < next_) {
    pause_.expires_at(next_);
    pause_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) begin();
    });
    return;
  }
  waking_ = false;
  if (std::exchange(under_way_, true)) {
    another_ = true;
    return;
  }
  ++begun_;
  began_ = now;
  last_woken_ = nullptr;
  if (on_begin_) on_begin_();
  wake_some();
}

// Wakes a few; the rest is queued behind them and all other work of this thread.
void Rounds::wake_some() {
  auto next = followers_.upper_bound(last_woken_);
  for (std::size_t woken = 0; woken < woken_at_once && next != followers_.end(); ++woken, ++next) {
    last_woken_ = *next;
    last_woken_->wake_up();
  }
  if (next != followers_.end())
    asio::post(executor_, [this] { wake_some(); });
  else
    asio::post(executor_, [this] { end(); });  // queued behind those that were woken
}

void Rounds::end() {
  const auto now = steady_clock::now();
  next_ = now + std::min<steady_clock::duration>(now - began_, longest_pause);
  under_way_ = false;
  if (std::exchange(another_, false)) begin();
}

}  // namespace vtp
