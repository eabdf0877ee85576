// Lines for a file descriptor that go out many at a time, so that nobody waits for a write for each.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace vtp {

// Any thread. Lines go out in the order in which they were added. A descriptor that cannot be written
// to is ignored: there is nobody to tell.
class LineBatch {
 public:
  // How long a line waits for others, at most, and how many bytes of them wait.
  static constexpr std::chrono::milliseconds delay{10};
  static constexpr std::size_t most_waiting = 256 * 1024;

  // fd stays the caller's, and open.
  explicit LineBatch(int fd);

  // Writes what waits.
  ~LineBatch();
  LineBatch(const LineBatch&) = delete;
  LineBatch& operator=(const LineBatch&) = delete;

  // Waits only where there are too many.
  void add(std::string_view line);

  // What was added before is written when it returns.
  void flush();

 private:
  void work();

  const int fd_;
  std::mutex writing_;  // held while something is written, and locked before filling_
  std::mutex filling_;  // guards all that follows
  std::condition_variable wake_;
  std::string lines_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace vtp
