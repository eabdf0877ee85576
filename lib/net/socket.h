// A stream socket with one deadline for its current operation: connecting, reading, writing.
#pragma once

#include <chrono>
#include <memory>

#include <asio/generic/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

namespace vtp {

using StreamSocket = asio::generic::stream_protocol::socket;

// Held by a shared pointer, since a timer that has just fired may outlive the session for a moment.
// One thread: that of the socket's executor.
class WatchedSocket : public std::enable_shared_from_this<WatchedSocket> {
 public:
  [[nodiscard]] static std::shared_ptr<WatchedSocket> make(StreamSocket socket);

  [[nodiscard]] StreamSocket& socket() { return socket_; }

  // An operation that is under way `timeout` from now is interrupted: it ends with
  // operation_aborted. timed_out() is then true until the next deadline is set; check it before
  // starting an operation.
  void deadline(std::chrono::milliseconds timeout);

  // No operation is interrupted for its duration from now on.
  void no_deadline();

  // Interrupts the current operation. stopped() is true from then on; check it before starting an
  // operation.
  void stop();

  // Closes the socket and removes the deadline.
  void close();

  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  explicit WatchedSocket(StreamSocket socket);
  void arm();
  void interrupt();

  StreamSocket socket_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool armed_ = false;
  bool timed_out_ = false;
  bool stopped_ = false;
};

}  // namespace vtp
