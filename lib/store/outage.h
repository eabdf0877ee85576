// An outage of the log: from a disk failure until writing succeeds again, it takes no events.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

#include "lib/base/diagnostics.h"

namespace vtp {

// Reports each change once, not for every event. lasts() and refuse() may be called from any
// thread, the rest only from the thread that writes the log. diagnostics must live longer.
class Outage {
 public:
  static constexpr int tries_a_line = 60;

  explicit Outage(const Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  [[nodiscard]] bool lasts() const { return lasts_; }

  // Counts events that were refused because of the outage.
  void refuse(std::size_t events) { refused_ += events; }

  // `events` events of `bytes` bytes in total could not be written.
  void begin(const std::string& cause, std::size_t events, std::size_t bytes);

  // When to try the disk next, and how many bytes must be free for that: twice the bytes that could
  // not be written, since they go through a journal, and some more. With less, the disk would be
  // full again at the next event.
  [[nodiscard]] std::chrono::steady_clock::time_point next_try() const { return next_try_; }
  [[nodiscard]] std::size_t room() const { return room_; }

  // The disk was tried and failed again. Reports each new cause, and every tries_a_line-th attempt,
  // with the number of events refused so far.
  void go_on(const std::string& cause);

  // The disk was tried and works.
  void end();

 private:
  const Diagnostics& diagnostics_;
  std::atomic<bool> lasts_{false};
  std::atomic<std::size_t> refused_{0};
  std::chrono::steady_clock::time_point next_try_{};
  std::size_t room_ = 0;
  int tries_ = 0;
  std::string cause_;
};

}  // namespace vtp
