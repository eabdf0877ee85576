// Shared by the network tests: runs a coroutine to its end, and provides a peer that is controlled
// by the test.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/use_future.hpp>
#include <asio/write.hpp>

#include "lib/vtp/frame.h"

namespace vtp {

// No test takes this long; one that waits in vain ends after it.
inline constexpr std::chrono::seconds test_timeout{30};

// True as soon as the condition, on which other threads work, holds; false after a timeout.
template <class Condition>
bool becomes_true(const Condition& condition) {
  const auto give_up = std::chrono::steady_clock::now() + test_timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

template <class T>
asio::awaitable<void> keep_result(asio::awaitable<T> work, std::optional<T>& result) {
  result = co_await std::move(work);
}

// Runs the coroutine to its end, and meanwhile everything else on the context.
template <class T>
T run_to_end(asio::io_context& context, asio::awaitable<T> work) {
  std::optional<T> result;
  auto done = asio::co_spawn(context, keep_result(std::move(work), result), asio::use_future);
  context.restart();
  const auto give_up = std::chrono::steady_clock::now() + test_timeout;
  while (done.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    if (std::chrono::steady_clock::now() > give_up)
      throw std::runtime_error("a coroutine did not end");
    context.run_one_for(std::chrono::milliseconds{100});
  }
  done.get();
  return *std::move(result);
}

inline std::string framed(std::string_view payload) {
  const auto header = frame_header(payload.size());
  return std::string(header.data(), header.size()) + std::string(payload);
}

inline std::uint16_t port_in(const std::string& endpoint) {
  return static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)));
}

// A peer with a plain blocking socket, which sends exactly what a test wants.
class RawPeer {
 public:
  // Takes over a connected socket.
  explicit RawPeer(int fd) : fd_(fd) { set_timeout(test_timeout); }
  ~RawPeer() { close(); }
  RawPeer(RawPeer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  RawPeer& operator=(RawPeer&&) = delete;

  // Throws if the connection is refused.
  static RawPeer connect(std::uint16_t port) {
    RawPeer peer(::socket(AF_INET, SOCK_STREAM, 0));
    peer.connect_to(port);
    return peer;
  }
  void connect_to(std::uint16_t port) {
    const asio::ip::tcp::endpoint end(asio::ip::address_v4::loopback(), port);
    if (::connect(fd_, end.data(), static_cast<socklen_t>(end.size())) != 0)
      throw std::runtime_error(std::strerror(errno));
  }

  // The timeout of a read.
  void set_timeout(std::chrono::microseconds timeout) {
    const timeval time{timeout.count() / 1'000'000, timeout.count() % 1'000'000};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  }

  // False if the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  bool send_frame(std::string_view payload) { return send(framed(payload)); }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  // The next payload, or nothing if the other side closed, or after the timeout.
  std::optional<std::string> read_frame() {
    const auto header = read(frame_header_size);
    if (!header) return std::nullopt;
    std::size_t length = 0;
    for (const char c : *header)
      length = length << 8 | static_cast<unsigned char>(c);
    return read(length);
  }

  // The other side closes, without sending more, before the timeout.
  bool is_closed() {
    char byte;
    const ssize_t got = ::recv(fd_, &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }
  // Nothing is received, and the other side does not close, until the timeout.
  bool hears_nothing() {
    char byte;
    return ::recv(fd_, &byte, 1, 0) < 0 && errno == EAGAIN;
  }

  [[nodiscard]] int fd() const { return fd_; }

 private:
  std::optional<std::string> read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(fd_, bytes.data() + have, size - have, 0);
      if (got <= 0) return std::nullopt;
      have += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  int fd_;
};

// A listening socket on which a test plays the broker.
class RawListener {
 public:
  RawListener() : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {}

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  RawPeer accept() { return RawPeer(acceptor_.accept().release()); }
  // No new connection comes within this time.
  bool has_no_caller(std::chrono::milliseconds timeout) {
    pollfd caller{acceptor_.native_handle(), POLLIN, 0};
    return ::poll(&caller, 1, static_cast<int>(timeout.count())) == 0;
  }
  void close() { acceptor_.close(); }

 private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace vtp
