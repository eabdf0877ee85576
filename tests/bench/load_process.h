// What a process takes while it is under load: memory and processor time.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <sys/types.h>

namespace vtp {

class WatchedProcess {
 public:
  // From here on its memory counts. Throws if there is no such process.
  explicit WatchedProcess(pid_t process);
  // From here on its processor time counts.
  void begin() { used_ = used(); }
  // As NAME=VALUE: what it has used for each of so many events, in us, and how many kB it has more for
  // each of so many peers.
  [[nodiscard]] std::string text(std::size_t events, std::size_t peers) const;

  // Processor time since begin().
  [[nodiscard]] std::chrono::nanoseconds used_since() const { return used() - used_; }
  [[nodiscard]] double memory() const;       // kB that are resident
  [[nodiscard]] double peak_memory() const;  // the most that ever were
  [[nodiscard]] std::size_t descriptors() const;

 private:
  [[nodiscard]] std::chrono::nanoseconds used() const;

  pid_t process_;
  clockid_t clock_{};
  double memory_ = 0;
  std::chrono::nanoseconds used_{0};
};

}  // namespace vtp
