// Whether the log takes events: from when the disk fails until a try succeeds, it does not.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

#include "lib/base/log.h"

namespace vtp {

// Says what happens to it once, and not of each event. lasts() and refuse() are for any thread, the
// rest for the one that writes the log, which must live longer.
class Outage {
 public:
  static constexpr int tries_a_line = 60;

  explicit Outage(const Log& log) : log_(log) {}

  [[nodiscard]] bool lasts() const { return lasts_; }

  // Counts events that are not taken because of it.
  void refuse(std::size_t events) { refused_ += events; }

  // So many events, which have so many bytes, could not be written.
  void begin(const std::string& cause, std::size_t events, std::size_t bytes);

  // The disk is to be tried then, and needs room for so many bytes: those that it had no room for,
  // twice, since they go into the log by way of a journal, and some more. With less, it would be
  // full again at the next event.
  [[nodiscard]] std::chrono::steady_clock::time_point next_try() const { return next_try_; }
  [[nodiscard]] std::size_t room() const { return room_; }

  // It was tried, and failed again. A cause that is new is worth a line, and so is each tries_a_line-th try, with
  // how many events were refused so far.
  void go_on(const std::string& cause);

  // It was tried, and works.
  void end();

 private:
  const Log& log_;
  std::atomic<bool> lasts_{false};
  std::atomic<std::size_t> refused_{0};
  std::chrono::steady_clock::time_point next_try_{};
  std::size_t room_ = 0;
  int tries_ = 0;
  std::string cause_;
};

}  // namespace vtp
