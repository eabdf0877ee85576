// Supervised work: if it fails, the failure is reported and the work is restarted.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"

namespace vtp {

struct SupervisedPauses {
  std::chrono::milliseconds first{1'000};     // before the first restart
  std::chrono::milliseconds longest{60'000};  // pauses double up to this
};

// Supervises a coroutine that should end only when it is told to, and can fail, for instance when
// memory runs out. One thread: that of the executor, whose context must have stopped running before
// this object is destroyed.
class Supervised {
 public:
  using Work = std::function<asio::awaitable<void>()>;

  // name: what the diagnostics call it, such as "Sending test events". work: starts or restarts it.
  // on_end: called once, when it has ended for good: with nullptr or, after stop(), with its
  // exception. diagnostics must live longer.
  Supervised(asio::any_io_executor executor, std::string name, Work work,
             const Diagnostics& diagnostics,
             std::function<void(const std::exception_ptr&)> on_end = {},
             SupervisedPauses pauses = {});
  Supervised(const Supervised&) = delete;
  Supervised& operator=(const Supervised&) = delete;

  // Starts the work. If it throws, that is reported and it is restarted after a pause. If it
  // returns, it has ended. Call it once.
  void start();

  // Ends a pause at once, so that the work can run to its end; after a failure from now on it is
  // not restarted. The owner must stop the work itself. Safe to call again, and from within the
  // work.
  void stop();

 private:
  void begin();
  void end(const std::exception_ptr& problem);
  void pause_after(const std::exception_ptr& problem);

  asio::any_io_executor executor_;
  std::string name_;
  Work work_;
  const Diagnostics& diagnostics_;
  std::function<void(const std::exception_ptr&)> on_end_;
  std::chrono::milliseconds longest_pause_;
  BackOff back_off_;
  asio::steady_timer pausing_;
  std::chrono::steady_clock::time_point begun_;
  bool stopped_ = false;
};

}  // namespace vtp
