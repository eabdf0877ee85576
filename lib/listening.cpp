#include "lib/listening.h"

#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::chrono::seconds stall_patience{
    1};  // for who reads what we print, once we are to end

}  // namespace

Listening::Listening(ListeningOptions options, const Clock& clock, const Log& log)
    : timeout_(options.timeout),
      idle_(options.idle),
      outlet_(
          context_.get_executor(), std::move(options.outlet), [this] { stop(); }, clock, log) {
  const auto take_event = [this](EventPtr event, std::string peer) {
    return take(std::move(event), std::move(peer));
  };
  for (SubscriberOptions& broker : options.brokers)
    subscribers_.push_back(std::make_unique<Subscriber>(context_.get_executor(), std::move(broker),
                                                        take_event, clock, log));
}

Heard Listening::run() {
  restart(timeout_timer_, timeout_);
  restart(idle_timer_, idle_);
  listening_ = subscribers_.size();
  for (const auto& subscriber : subscribers_)
    asio::co_spawn(context_, listen(*subscriber), asio::detached);
  asio::co_spawn(context_, heed_signals(), asio::detached);
  context_.run();
  if (outlet_.failed()) return Heard::failed;
  return unreachable_ ? Heard::unreachable : Heard::all;
}

asio::awaitable<bool> Listening::take(EventPtr event, std::string peer) {
  const std::uint64_t before = outlet_.taken();
  const bool acknowledge = co_await outlet_.take(std::move(event), std::move(peer));
  if (outlet_.taken() > before && !stopped_) restart(idle_timer_, idle_);
  co_return acknowledge;
}

// The last that ends waits for the commands; without the signals there is nothing left to do then.
asio::awaitable<void> Listening::listen(Subscriber& subscriber) {
  const Departure departure = co_await subscriber.run();
  if (departure == Departure::unreachable) unreachable_ = true;
  if (--listening_ > 0) co_return;
  stop();
  co_await outlet_.finish();
  signals_.cancel();
  stall_timer_.cancel();
}

asio::awaitable<void> Listening::heed_signals() {
  asio::error_code cancelled;
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (cancelled) co_return;
  stop();
  co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) outlet_.stop_commands();
}

// A subscriber whose event is being printed cannot end before that does.
asio::awaitable<void> Listening::give_up_printing() {
  asio::error_code cancelled;
  stall_timer_.expires_after(stall_patience);
  co_await stall_timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (!cancelled) outlet_.stop_printing();
}

void Listening::stop() {
  if (std::exchange(stopped_, true)) return;
  if (listening_ > 0) asio::co_spawn(context_, give_up_printing(), asio::detached);
  timeout_timer_.cancel();
  idle_timer_.cancel();
  for (const auto& subscriber : subscribers_)
    subscriber->stop();
}

void Listening::restart(asio::steady_timer& timer, std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  timer.expires_after(time);
  timer.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) stop();
  });
}

}  // namespace vtp
