// What coroutines on one thread need of one another.
#pragma once

#include <exception>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace vtp {

// Something that one coroutine changes and others wait for. Who was told looks whether it is what it
// waits for:
//
//     while (queue.empty()) co_await arrival.wait();
//
// One thread, that of the executor.
class Change {
 public:
  explicit Change(asio::any_io_executor executor)
      : timer_(std::move(executor), asio::steady_timer::time_point::max()) {}

  // Until the next tell(). Who waits longest goes on first.
  [[nodiscard]] asio::awaitable<void> wait() {
    asio::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void tell() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

// How to spawn a coroutine that nobody waits for: what it throws comes out of the context's run().
inline constexpr auto unattended = [](const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
};

}  // namespace vtp
