#include "lib/listening.h"

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/endpoint.h"
#include "lib/in_order.h"
#include "lib/place_file.h"

namespace vtp {
namespace {

constexpr std::chrono::seconds stall_patience{
    1};  // for who reads what we print, once we are to end

// The broker's kept place, if it has one, in place of what else it was to begin with.
void begin_at(const std::optional<Digest>& place, SubscriberOptions& broker) {
  if (!place) return;
  broker.resume_after = place;
  broker.since.reset();
}

}  // namespace

struct Listening::Broker {
  std::string name;
  InOrder<Digest> done;  // its events
  std::optional<Subscriber> subscriber;
};

Listening::Listening(ListeningOptions options, const Clock& clock, const Log& log)
    : timeout_(options.timeout),
      idle_(options.idle),
      outlet_(
          context_.get_executor(), std::move(options.outlet), [this] { stop(); }, clock, log) {
  if (options.resume) {
    PlaceFile file(*options.resume);
    // Nobody is to find out at the first event that it cannot be written.
    if (const auto problem = file.write()) throw std::runtime_error(problem->text);
    for (SubscriberOptions& broker : options.brokers)
      begin_at(file.find(text_of(broker.broker)), broker);
    places_.emplace(context_.get_executor(), std::move(file), log);
  }
  for (SubscriberOptions& broker : options.brokers)
    subscribe_to(std::move(broker), clock, log);
}

Listening::~Listening() = default;

void Listening::subscribe_to(SubscriberOptions options, const Clock& clock, const Log& log) {
  Broker& broker = *brokers_.emplace_back(std::make_unique<Broker>());
  broker.name = text_of(options.broker);
  const auto take_event = [this, &broker](EventPtr event, std::string peer) {
    return take(broker, std::move(event), std::move(peer));
  };
  const auto caught_up = [this, &broker](const std::optional<Digest>& last) {
    if (last && broker.done.pass(*last)) keep_place(broker);
  };
  broker.subscriber.emplace(context_.get_executor(), std::move(options), take_event, clock, log,
                            caught_up);
}

Heard Listening::run() {
  restart(timeout_timer_, timeout_);
  restart(idle_timer_, idle_);
  listening_ = brokers_.size();
  for (const auto& broker : brokers_)
    asio::co_spawn(context_, listen(*broker), asio::detached);
  asio::co_spawn(context_, heed_signals(), asio::detached);
  context_.run();
  if (outlet_.failed() || (places_ && places_->failed())) return Heard::failed;
  return unreachable_ ? Heard::unreachable : Heard::all;
}

asio::awaitable<bool> Listening::take(Broker& broker, EventPtr event, std::string peer) {
  const std::uint64_t before = outlet_.taken();
  const auto turn = broker.done.begin(event->digest);
  std::function<void()> finished = [this, &broker, turn] {
    if (broker.done.finish(turn)) keep_place(broker);
  };
  const bool acknowledge =
      co_await outlet_.take(std::move(event), std::move(peer), std::move(finished));
  if (outlet_.taken() > before && !stopped_) restart(idle_timer_, idle_);
  co_return acknowledge;
}

void Listening::keep_place(Broker& broker) {
  if (places_) places_->keep(broker.name, *broker.done.reached());
}

// The last that ends waits for the commands; without the signals there is nothing left to do then.
asio::awaitable<void> Listening::listen(Broker& broker) {
  const Departure departure = co_await broker.subscriber->run();
  if (departure == Departure::unreachable) unreachable_ = true;
  if (--listening_ > 0) co_return;
  stop();
  co_await outlet_.finish();
  if (places_) co_await places_->finish();
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
  for (const auto& broker : brokers_)
    broker->subscriber->stop();
}

void Listening::restart(asio::steady_timer& timer, std::chrono::milliseconds time) {
  if (time.count() == 0) return;
  timer.expires_after(time);
  timer.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) stop();
  });
}

}  // namespace vtp
