#include "lib/http/http_server.h"

#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/base/thread_times.h"
#include "lib/http/http_connections.h"
#include "lib/http/http_routes.h"
#include "lib/net/connection_limit.h"
#include "lib/net/coroutine.h"
#include "lib/net/listen.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/worker.h"

namespace vtp {
namespace {

constexpr std::chrono::milliseconds stop_timeout{500};
constexpr std::chrono::milliseconds stop_check{5};
// The most peers who are told at the same time why they are turned away; other connections are just
// closed.
constexpr std::size_t most_turned_away = 8;

void begin_thread(const char* name) {
  name_thread(name);
  become_less_urgent();
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpOptions options, const Clock& clock, const Diagnostics& diagnostics)
      : options_(std::move(options)),
        clock_(clock),
        diagnostics_(diagnostics),
        peer_diagnostics_(clock, diagnostics),
        limit_(options_.connections, options_.connections),
        turned_away_(most_turned_away, most_turned_away),
        listeners_(Listener::bind(context_.get_executor(), options_.endpoints)) {}
  ~Impl() { stop(); }

  [[nodiscard]] std::vector<std::string> endpoints() const {
    std::vector<std::string> names;
    for (const auto& listener : listeners_)
      names.push_back(listener->endpoint());
    return names;
  }

  void start(EventLog& events, ReadStatus read_status, CheckSignature check_signature) {
    for (const auto& listener : listeners_)
      listener->open();
    disk_.emplace(1);
    asio::post(*disk_, [] { begin_thread("http disk"); });
    routes_.emplace(context_, *disk_, options_, events, std::move(read_status),
                    std::move(check_signature), clock_, diagnostics_, peer_diagnostics_);
    connections_.emplace(context_, options_, [this](HttpExchangePtr exchange) {
      routes_->handle(std::move(exchange));
    });
    for (const auto& listener : listeners_) {
      diagnostics_.info("Listening for HTTP on {}", listener->endpoint());
      serve(*listener);
    }
    thread_ = std::thread([this] {
      begin_thread("http");
      run_on(context_);
    });
  }

  void allow(std::vector<AddressRange> allowed) {
    asio::post(context_, [this, allowed = std::move(allowed)] {
      for (const auto& listener : listeners_)
        listener->allow(allowed);
    });
  }

  void begin_to_stop() {
    if (!thread_.joinable() || std::exchange(stopping_, true)) return;
    asio::post(context_, [this] {
      for (const auto& listener : listeners_)
        listener->close();
      routes_->end();
      connections_->finish();
      spawn(context_.get_executor(), end_soon(),
            [this](const std::exception_ptr&) { context_.stop(); });
    });
  }

  void stop() {
    begin_to_stop();
    if (thread_.joinable()) thread_.join();
    disk_.reset();  // ends its thread
    routes_.reset();
    if (connections_) connections_->cut();
    connections_.reset();
    for (const auto& listener : listeners_)
      listener->close();
  }

 private:
  void serve(Listener& listener) {
    const auto turn_away = [this](WatchedSocket& socket, const Peer& peer, HttpRefusal refusal) {
      static_cast<void>(
          connections_->take(socket.socket(), peer, turned_away_, std::move(refusal)));
    };
    const auto welcome = [this, turn_away](const std::shared_ptr<WatchedSocket>& socket,
                                           const Peer& peer) {
      if (connections_->take(socket->socket(), peer, limit_)) return;
      peer_diagnostics_.session(peer.name).warning(
          "Connection from {} turned away: the limit of connections over HTTP is reached",
          peer.name);
      turn_away(*socket, peer,
                {503, fmt::format("all {} connections are in use (--http-connections)",
                                  options_.connections)});
    };
    const auto stranger = [turn_away](const std::shared_ptr<WatchedSocket>& socket,
                                      const Peer& peer) {
      turn_away(*socket, peer,
                {403, fmt::format("{} is not allowed (--http-allow)", address_in(peer.name))});
    };
    spawn(context_.get_executor(),
          listener.serve(options_.allowed, diagnostics_, welcome, {}, stranger),
          [this](const std::exception_ptr& problem) {
            if (problem) diagnostics_.error("HTTP is not served any more: {}", reason_of(problem));
          });
  }

  asio::awaitable<void> end_soon() {
    asio::steady_timer pause(context_);
    const auto until = std::chrono::steady_clock::now() + stop_timeout;
    while (connections_->count() > 0 && std::chrono::steady_clock::now() < until) {
      pause.expires_after(stop_check);
      asio::error_code ignored;
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  const HttpOptions options_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics peer_diagnostics_;
  ConnectionLimit limit_;
  ConnectionLimit turned_away_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::optional<HttpConnections> connections_;
  std::optional<HttpRoutes> routes_;
  std::optional<asio::thread_pool> disk_;
  bool stopping_ = false;
  std::thread thread_;
};

HttpServer::HttpServer(HttpOptions options, const Clock& clock, const Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(std::move(options), clock, diagnostics)) {}

HttpServer::~HttpServer() = default;

std::vector<std::string> HttpServer::endpoints() const { return impl_->endpoints(); }

void HttpServer::start(EventLog& events, ReadStatus read_status, CheckSignature check_signature) {
  impl_->start(events, std::move(read_status), std::move(check_signature));
}

void HttpServer::allow(std::vector<AddressRange> allowed) { impl_->allow(std::move(allowed)); }

void HttpServer::begin_to_stop() { impl_->begin_to_stop(); }

void HttpServer::stop() { impl_->stop(); }

}  // namespace vtp
