// Signals, starts and ends of coroutines on one thread.
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

// Lets coroutines wait until another one changes something. A waiter checks its condition again
// after each change:
//
//     while (queue.empty()) co_await arrival.wait();
//
// One thread, that of the executor.
class Change {
 public:
  explicit Change(asio::any_io_executor executor)
      : timer_(std::move(executor), asio::steady_timer::time_point::max()) {}

  // Resumes after the next tell(). The longest waiting coroutine resumes first.
  [[nodiscard]] asio::awaitable<void> wait() {
    asio::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void tell() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

// Sets a flag while it lives, however the coroutine ends; then clears it and tells those that wait
// for the change.
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

// Completion token for a coroutine that nothing waits for: its exception is rethrown from the
// context's run().
inline constexpr auto unattended = [](const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
};

// The exception as text for people: "out of memory", or the what() of a std::exception.
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

// Calls on_end when a coroutine has ended. If Asio gets no memory for it, it destroys the coroutine
// where it is suspended and calls nothing; this object is destroyed with it, and then calls on_end.
// Made by spawn().
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
    if (!armed_ || !is_running(executor_)) return;  // the context is being destroyed
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

  // Whether the caller runs on that context.
  static bool is_running(const asio::any_io_executor& executor) {
    const auto* const own = executor.target<asio::io_context::executor_type>();
    return own && own->running_in_this_thread();
  }

 private:
  asio::any_io_executor executor_;
  OnEnd on_end_;
  bool armed_ = true;
};

// Starts a coroutine that nothing waits for. When it has ended, on_end is called once, on the
// executor or the one bound to on_end: with nullptr, or with the exception, which may be
// std::bad_alloc. It is not called for a coroutine that is destroyed with its context. An exception
// from on_end is thrown by the context's run(). If there is no memory to start the coroutine,
// std::bad_alloc is thrown here if the executor's context is not running on this thread, and
// otherwise passed to on_end.
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

// As context.run(), but continues when memory runs out: on_end of the affected coroutine is called.
inline void run_on(asio::io_context& context) {
  while (true) {
    try {
      context.run();
      return;
    } catch (const std::bad_alloc&) {
      // continue with the other coroutines
    }
  }
}

}  // namespace vtp
