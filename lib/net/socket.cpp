#include "lib/net/socket.h"

#include <utility>

namespace vtp {

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
  socket_.close(ignored);
  timer_.cancel();
}

void WatchedSocket::interrupt() {
  asio::error_code ignored;
  socket_.cancel(ignored);
}

}  // namespace vtp
