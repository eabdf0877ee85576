#include "lib/broker.h"

#include <csignal>
#include <cstring>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

constexpr int one_thread = 1;  // a hint to the context: no locks are needed
constexpr std::chrono::seconds stop_patience{5};

std::vector<std::unique_ptr<Listener>> bind_all(asio::io_context& context,
                                                const std::vector<Endpoint>& endpoints) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const Endpoint& endpoint : endpoints)
    for (auto& listener : Listener::bind(context.get_executor(), endpoint))
      listeners.push_back(std::move(listener));
  return listeners;
}

}  // namespace

Broker::Broker(BrokerOptions options, const Clock& clock, const Log& log)
    : options_(std::move(options)),
      log_(log),
      context_(one_thread),
      signals_(context_, SIGINT, SIGTERM),
      listeners_(bind_all(context_, options_.receive)),
      events_(options_.event_db, options_.keep, clock, log),
      receiver_(context_.get_executor(), options_.receiver, events_, clock, log) {}

void Broker::run() {
  for (const auto& listener : listeners_) {
    listener->open();
    log_.info("Listening for authors on {}", listener->place());
    asio::co_spawn(context_, serve_authors(*listener), asio::detached);
  }
  asio::co_spawn(context_, stop_on_signal(), asio::detached);
  context_.run();
}

asio::awaitable<void> Broker::serve_authors(Listener& listener) {
  const auto welcome = [this](std::shared_ptr<WatchedSocket> socket, const Peer& peer) {
    asio::co_spawn(context_, receiver_.session(std::move(socket), peer.name),
                   [this, name = peer.name](std::exception_ptr problem) { report(name, problem); });
  };
  co_await listener.serve(options_.receive_allowed, log_, welcome);
}

// What a peer does never throws; what is left is for instance memory that ran out, which ends one
// session.
void Broker::report(const std::string& peer, const std::exception_ptr& problem) const {
  if (!problem) return;
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& error) {
    log_.error("Session with {} failed: {}", peer, error.what());
  }
}

asio::awaitable<void> Broker::stop_on_signal() {
  const int signal = co_await signals_.async_wait(asio::use_awaitable);
  log_.info("Stopping: {}", strsignal(signal));
  for (const auto& listener : listeners_)
    listener->close();
  co_await receiver_.finish(stop_patience);
  log_.info("Stopped");
}

}  // namespace vtp
