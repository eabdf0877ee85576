#include "lib/net/supervised.h"

#include <utility>

#include "lib/net/coroutine.h"

namespace vtp {

using std::chrono::steady_clock;

Supervised::Supervised(asio::any_io_executor executor, std::string name, Work work,
                       const Diagnostics& diagnostics,
                       std::function<void(const std::exception_ptr&)> on_end,
                       SupervisedPauses pauses)
    : executor_(std::move(executor)),
      name_(std::move(name)),
      work_(std::move(work)),
      diagnostics_(diagnostics),
      on_end_(std::move(on_end)),
      longest_pause_(pauses.longest),
      back_off_(pauses.first, pauses.longest),
      pausing_(executor_) {}

void Supervised::start() { begin(); }

void Supervised::begin() {
  begun_ = steady_clock::now();
  const auto ended = [this](const std::exception_ptr& problem) { end(problem); };
  try {
    spawn(executor_, work_(), ended);
  } catch (...) {
    end(std::current_exception());
  }
}

void Supervised::end(const std::exception_ptr& problem) {
  if (problem && !stopped_) return pause_after(problem);
  if (problem) diagnostics_.error("{} failed: {}", name_, reason_of(problem));
  if (on_end_) on_end_(problem);
}

// After the work has run for long, the pauses begin with the first again.
void Supervised::pause_after(const std::exception_ptr& problem) {
  if (steady_clock::now() - begun_ >= longest_pause_) back_off_.reset();
  const auto length = back_off_.next();
  diagnostics_.error("{} failed: {}; restarting in {:.1f} s", name_, reason_of(problem),
                     std::chrono::duration<double>(length).count());
  pausing_.expires_after(length);
  pausing_.async_wait([this](const asio::error_code&) { begin(); });
}

void Supervised::stop() {
  stopped_ = true;
  pausing_.cancel();
}

}  // namespace vtp
