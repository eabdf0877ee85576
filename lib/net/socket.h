// A stream socket with one deadline for its current operation: connecting, reading, writing; and
// with TLS on it, if the two ends use that.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include "lib/tls/stream.h"

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

  // Closes the socket, and first TLS on it, and removes the deadline.
  void close();

  // What is read and written goes through this stream from now on, which was made for
  // socket().native_handle(); nullptr: not any more.
  void use(std::unique_ptr<TlsStream> tls) { tls_ = std::move(tls); }

  // nullptr: bytes go as they are.
  [[nodiscard]] TlsStream* tls() const { return tls_.get(); }

  // With TLS: its handshake; the error is asio::error::eof if the peer has closed, and
  // connection_aborted if TLS failed, of which tls()->problem() tells more.
  [[nodiscard]] asio::awaitable<void> handshake(asio::error_code& error);

  // With TLS: as async_read_some and async_write_some of socket(), with errors as above. At most one
  // of each at a time; the buffers must stay.
  [[nodiscard]] asio::awaitable<std::size_t> read_tls(asio::mutable_buffer room,
                                                      asio::error_code& error);
  [[nodiscard]] asio::awaitable<std::size_t> write_tls(std::span<const asio::const_buffer> buffers,
                                                       asio::error_code& error);

  [[nodiscard]] bool timed_out() const { return timed_out_; }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  explicit WatchedSocket(StreamSocket socket);
  void arm();
  void interrupt();
  asio::awaitable<bool> ready_for_next(TlsStep step, asio::error_code& error);
  asio::awaitable<void> give_way();

  StreamSocket socket_;
  std::unique_ptr<TlsStream> tls_;
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool armed_ = false;
  bool timed_out_ = false;
  bool stopped_ = false;
};

}  // namespace vtp
