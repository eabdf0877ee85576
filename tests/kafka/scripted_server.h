// An HTTP server on loopback, plain or with TLS, that sends what a test wants.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read_until.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

#include "tests/kafka/certificate.h"
#include "tests/kafka/variable.h"
#include "tests/support/loopback.h"

namespace vtp {

// An answer as it goes over the wire.
inline std::string http_answer(int status, const std::string& body,
                               const std::string& headers = "") {
  return fmt::format("HTTP/1.1 {} Word\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(),
                     headers, body);
}

// Sends each request the next of the answers, byte for byte, and closes. Without one, it keeps the
// connection and says nothing. While there is a server with TLS, no proxy is used.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::deque<std::string> answers,
                          const std::optional<Certificate>& certificate = std::nullopt)
      : answers_(std::move(answers)) {
    if (certificate) {
      direct_.emplace("no_proxy", "*");
      tls_ = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
      tls_->use_certificate(asio::buffer(certificate->pem), asio::ssl::context::pem);
      tls_->use_private_key(asio::buffer(certificate->key_pem), asio::ssl::context::pem);
    }
    asio::co_spawn(context_, serve(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~ScriptedServer() {
    context_.stop();
    thread_.join();
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return fmt::format("{}://{}:{}/token", tls_ ? "https" : "http", host,
                       acceptor_.local_endpoint().port());
  }

  // What has come so far, each as on the wire.
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  // So many have come; false after a timeout.
  [[nodiscard]] bool gets_requests(std::size_t count) const {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    while (requests().size() < count) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  using Socket = asio::ip::tcp::socket;

  asio::awaitable<void> serve() {
    for (;;) {
      Socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(context_, converse(std::move(socket)), asio::detached);
    }
  }

  // Ends with an error, which nobody needs, when the client closes.
  asio::awaitable<void> converse(Socket socket) {
    if (tls_) {
      asio::ssl::stream<Socket> stream(std::move(socket), *tls_);
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
      co_await reply(stream);
      co_await stream.async_shutdown(asio::use_awaitable);
    } else {
      co_await reply(socket);
    }
  }

  template <class Stream>
  asio::awaitable<void> reply(Stream& stream) {
    std::string request;
    const std::size_t head = co_await asio::async_read_until(stream, asio::dynamic_buffer(request),
                                                             "\r\n\r\n", asio::use_awaitable);
    const std::string length = "Content-Length: ";
    const std::size_t size =
        head + std::stoul(request.substr(request.find(length) + length.size()));
    while (request.size() < size) {
      char bytes[1024];
      const std::size_t got =
          co_await stream.async_read_some(asio::buffer(bytes), asio::use_awaitable);
      request.append(bytes, got);
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
    }
    if (answers_.empty()) {
      asio::steady_timer never(context_, asio::steady_timer::time_point::max());
      co_await never.async_wait(asio::use_awaitable);
    }
    const std::string answer = std::move(answers_.front());
    answers_.pop_front();
    co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
  }

  std::optional<Variable> direct_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::deque<std::string> answers_;
  std::unique_ptr<asio::ssl::context> tls_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

}  // namespace vtp
