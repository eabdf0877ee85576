#include "lib/net/socket.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {
namespace {

// The beginning of the buffers, as one piece: the same one each time for the same buffers. `joined`
// is where it stands if it comes from more than one of them.
std::string_view first_piece(std::span<const asio::const_buffer> buffers, std::span<char> joined) {
  std::size_t size = 0;
  for (const asio::const_buffer& each : buffers) {
    if (size == 0 && (each.size() >= joined.size() || buffers.size() == 1))
      return {static_cast<const char*>(each.data()), each.size()};
    const std::size_t part = std::min(each.size(), joined.size() - size);
    if (part == 0) continue;
    std::memcpy(joined.data() + size, each.data(), part);
    size += part;
  }
  return {joined.data(), size};
}

}  // namespace

std::shared_ptr<WatchedSocket> WatchedSocket::make(StreamSocket socket) {
  return std::shared_ptr<WatchedSocket>(new WatchedSocket(std::move(socket)));
}

WatchedSocket::WatchedSocket(StreamSocket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

// The timer is not restarted for each new deadline: when it fires, it checks whether the deadline
// has moved. So a new deadline, which every event sets, costs nearly nothing.
void WatchedSocket::deadline(std::chrono::milliseconds timeout) {
  timed_out_ = false;
  deadline_ = std::chrono::steady_clock::now() + timeout;
  if (!armed_ || timer_.expiry() > deadline_) arm();
}

void WatchedSocket::no_deadline() {
  timed_out_ = false;
  deadline_ = std::chrono::steady_clock::time_point::max();
}

void WatchedSocket::arm() {
  armed_ = true;
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->armed_ = false;
    if (std::chrono::steady_clock::now() < self->deadline_) return self->arm();
    self->timed_out_ = true;
    self->interrupt();
  });
}

void WatchedSocket::stop() {
  stopped_ = true;
  interrupt();
}

void WatchedSocket::close() {
  asio::error_code ignored;
  if (tls_ && socket_.is_open()) tls_->close();
  socket_.close(ignored);
  timer_.cancel();
}

void WatchedSocket::interrupt() {
  asio::error_code ignored;
  socket_.cancel(ignored);
}

// False if the step is the last one: it is done, or sets the error. Otherwise waits until the next
// one is possible.
asio::awaitable<bool> WatchedSocket::ready_for_next(TlsStep step, asio::error_code& error) {
  switch (step) {
    case TlsStep::done:
      co_return false;
    case TlsStep::closed:
      error = asio::error::eof;
      co_return false;
    case TlsStep::failed:
      error = asio::error::connection_aborted;
      co_return false;
    case TlsStep::wants_read:
    case TlsStep::wants_write:
      break;
  }
  const auto event =
      step == TlsStep::wants_read ? StreamSocket::wait_read : StreamSocket::wait_write;
  if (!timed_out_ && !stopped_)
    co_await socket_.async_wait(event, asio::redirect_error(asio::use_awaitable, error));
  if (timed_out_ || stopped_) error = asio::error::operation_aborted;
  co_return !error;
}

// Without it, a peer that is always ready would keep the thread from others.
asio::awaitable<void> WatchedSocket::give_way() {
  co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

asio::awaitable<void> WatchedSocket::handshake(asio::error_code& error) {
  socket_.native_non_blocking(true, error);
  while (!error) {
    const bool again = co_await ready_for_next(tls_->handshake(), error);
    if (!again) break;
  }
}

// What came together is read together, and a system call that would find nothing is left out.
asio::awaitable<std::size_t> WatchedSocket::read_tls(asio::mutable_buffer room,
                                                     asio::error_code& error) {
  const std::span<char> all(static_cast<char*>(room.data()), room.size());
  const bool can_read = tls_->can_read_now();
  TlsStep step = can_read ? TlsStep::done : TlsStep::wants_read;
  std::size_t count = 0;
  while (count == 0) {
    if (step != TlsStep::done) {
      const bool again = co_await ready_for_next(step, error);
      if (!again) co_return 0;
    }
    const auto moved = tls_->read(all);
    step = moved.step;
    count = moved.count;
  }
  while (count < all.size() && tls_->has_input()) {
    const auto moved = tls_->read(all.subspan(count));
    if (moved.step != TlsStep::done) break;
    count += moved.count;
  }
  if (can_read) co_await give_way();
  co_return count;
}

asio::awaitable<std::size_t> WatchedSocket::write_tls(std::span<const asio::const_buffer> buffers,
                                                      asio::error_code& error) {
  bool waited = false;
  while (true) {
    // All streams of a thread share it: what is in it is encrypted, or put there again.
    static thread_local std::array<char, TlsStream::most_written> joined;
    const auto moved = tls_->write(first_piece(buffers, joined));
    const bool again = co_await ready_for_next(moved.step, error);
    if (!again) {
      if (!waited) co_await give_way();
      co_return moved.count;
    }
    waited = true;
  }
}

}  // namespace vtp
