// What coroutines on one thread need of one another.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/io_context.hpp>
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

// A flag that is set as long as this lives, however the coroutine ends; then who waits for the change is told.
class Raised {
 public:
  Raised(bool& flag, Change& change) : flag_(flag), change_(change) { flag_ = true; }
  ~Raised() {
    flag_ = false;
    change_.tell();
  }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  bool& flag_;
  Change& change_;
};

// How to spawn a coroutine that nobody waits for: what it throws comes out of the context's run().
inline constexpr auto unattended = [](const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
};

// What was thrown, for people: "out of memory", or what a std::exception says.
[[nodiscard]] inline std::string reason_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "unknown failure";
  }
}

// Calls on_end when a coroutine has ended. One that Asio could not get memory for is destroyed where it waits,
// and nobody is called; this hears of that when it is destroyed with it. Made by spawn().
template <class OnEnd>
class EndWatch {
 public:
  using executor_type = asio::any_io_executor;

  EndWatch(asio::any_io_executor executor, OnEnd on_end)
      : executor_(std::move(executor)), on_end_(std::move(on_end)) {}
  EndWatch(EndWatch&& other) noexcept
      : executor_(other.executor_),
        on_end_(std::move(other.on_end_)),
        armed_(std::exchange(other.armed_, false)) {}
  EndWatch& operator=(EndWatch&&) = delete;
  ~EndWatch() {
    if (!armed_ || !is_running(executor_)) return;  // an ending context destroys what is left
    asio::dispatch(get_executor(), [on_end = std::move(on_end_)]() mutable {
      on_end(std::make_exception_ptr(std::bad_alloc()));
    });
  }

  void operator()(const std::exception_ptr& problem) {
    armed_ = false;
    on_end_(problem);
  }

  [[nodiscard]] executor_type get_executor() const noexcept {
    return asio::get_associated_executor(on_end_, executor_);
  }

  // Whether we are called by that context.
  static bool is_running(const asio::any_io_executor& executor) {
    const auto* const own = executor.target<asio::io_context::executor_type>();
    return own && own->running_in_this_thread();
  }

 private:
  asio::any_io_executor executor_;
  OnEnd on_end_;
  bool armed_ = true;
};

// Starts a coroutine that nobody waits for. on_end is called once, on the executor, or the one that it is
// bound to, when it has ended: with nullptr, or with what it threw, which may be std::bad_alloc; but not for
// a coroutine that an ending context destroys. What on_end throws comes out of the context's run(). If
// there is no memory to start it, that is thrown here where the executor's context is not running on this
// thread, and else told to on_end.
template <class OnEnd>
void spawn(const asio::any_io_executor& executor, asio::awaitable<void> work, OnEnd on_end) {
  const bool told = EndWatch<OnEnd>::is_running(executor);
  try {
    asio::co_spawn(executor, std::move(work), EndWatch<OnEnd>(executor, std::move(on_end)));
  } catch (const std::bad_alloc&) {
    if (!told) throw;
  }
}

// As context.run(), but memory that runs out does not end it: whoever spawned what that has ended hears it.
inline void run_on(asio::io_context& context) {
  while (true) {
    try {
      context.run();
      return;
    } catch (const std::bad_alloc&) {
      // on with what is left
    }
  }
}

}  // namespace vtp
