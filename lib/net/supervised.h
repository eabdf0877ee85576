// Work that must go on: if it fails, the log says so, and it is begun again.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/log.h"

namespace vtp {

struct SupervisedPauses {
  std::chrono::milliseconds first{1'000};     // before work that failed is begun again
  std::chrono::milliseconds longest{60'000};  // they double, up to this
};

// A coroutine that ends only when it is told to, and fails for instance when memory runs out. One thread: that
// of the executor, whose context must not run any more when this goes.
class Supervised {
 public:
  using Work = std::function<asio::awaitable<void>()>;

  // name: what the log calls it, such as "Sending test events". work: begins it, or begins it again. on_end:
  // called once, when it is over for good: with nullptr, or, after stop(), with what it threw. The log must
  // live longer.
  Supervised(asio::any_io_executor executor, std::string name, Work work, const Log& log,
             std::function<void(const std::exception_ptr&)> on_end = {},
             SupervisedPauses pauses = {});
  Supervised(const Supervised&) = delete;
  Supervised& operator=(const Supervised&) = delete;

  // Begins. When the work throws, the log says so, and it is begun again after a pause. When it returns,
  // it is over. Once.
  void start();

  // Work that waits to be begun again is so at once, that it may come to its end; what fails from here on is
  // over. The work that is under way is for its owner to stop. Safe to call again, and from within.
  void stop();

 private:
  void begin();
  void end(const std::exception_ptr& problem);
  void pause_after(const std::exception_ptr& problem);

  asio::any_io_executor executor_;
  std::string name_;
  Work work_;
  const Log& log_;
  std::function<void(const std::exception_ptr&)> on_end_;
  std::chrono::milliseconds longest_pause_;
  BackOff back_off_;
  asio::steady_timer pausing_;
  std::chrono::steady_clock::time_point begun_;
  bool stopped_ = false;
};

}  // namespace vtp
