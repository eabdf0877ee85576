// Writes lines to a file descriptor from a thread of its own, many lines at a time, so that a slow
// reader never blocks the threads that add lines.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vtp {

// Whether a line waits for others. Lines that go out at once have buffer space of their own.
enum class Urgency { can_wait, at_once };

struct LineBatchOptions {
  // The longest time that a line waits for others.
  std::chrono::milliseconds delay{10};
  // Limit for the bytes of waiting lines; a line that does not fit is dropped. As many bytes again
  // may be in the thread's hands, being written.
  std::size_t most_waiting = 1024 * 1024;
  // Additional bytes for lines that go out at once, so that a flood of other lines does not
  // displace them.
  std::size_t most_urgent = 64 * 1024;
  // Timeouts of flush() and of the destructor.
  std::chrono::milliseconds flush_timeout{100};
  std::chrono::milliseconds end_timeout{1'000};
};

// Any thread. Lines go out whole, in the order in which they were added. A line that cannot be
// written, or that comes when the buffer is full, is dropped and counted; once writing works again,
// a notice in its place says how many lines are missing.
class LineBatch {
 public:
  // Returns the notice, one line with its line feed: how many lines are missing, and why ("nobody
  // read them in time"). Called on any thread; not called after the destructor.
  using Notice = std::function<std::string(std::uint64_t missing, std::string_view why)>;

  // The caller owns fd and keeps it open; it may become another file meanwhile, for example by
  // dup2(2). Throws std::system_error if the thread cannot be started.
  LineBatch(int fd, Notice notice, LineBatchOptions options = {});

  // Writes what waits, as far as that is possible within end_timeout.
  ~LineBatch();
  LineBatch(const LineBatch&) = delete;
  LineBatch& operator=(const LineBatch&) = delete;

  // Never waits for the descriptor. The line ends with a line feed.
  void add(std::string_view line, Urgency urgency = Urgency::can_wait);

  // Waits until all lines added so far are written or dropped, or flush_timeout has passed.
  void flush();

 private:
  struct State;  // shared with the thread, which may outlive the batch if a write never returns

  std::shared_ptr<State> state_;
};

}  // namespace vtp
