#include "lib/relay.h"

#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr std::size_t most_under_way = 256;  // events that wait for the disk

}  // namespace

Relay::Relay(asio::any_io_executor executor, EventLog& events, const Log& log)
    : executor_(std::move(executor)),
      events_(events),
      log_(log),
      room_(executor_, asio::steady_timer::time_point::max()) {}

asio::awaitable<bool> Relay::take(EventPtr event, std::string peer) {
  asio::error_code ignored;
  while (under_way_ >= most_under_way)
    co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  ++under_way_;
  asio::co_spawn(executor_, append(std::move(event), std::move(peer)), asio::detached);
  co_return true;
}

asio::awaitable<void> Relay::append(EventPtr event, std::string peer) {
  const std::string ivorn = event->headline.ivorn;
  const Stored stored = co_await events_.append(std::move(event), peer);
  --under_way_;
  room_.cancel();
  switch (stored) {
    case Stored::first:
      log_.info("VOEvent {} received from {}", ivorn, peer);
      break;
    case Stored::duplicate:
      log_.debug("VOEvent {} from {} seen before", ivorn, peer);
      break;
    case Stored::failed:
      log_.error("VOEvent {} from {} is lost: it cannot be stored", ivorn, peer);
  }
}

}  // namespace vtp
