// Lines for a file descriptor, which a thread of their own writes, many at a time: whoever has something
// to say never waits for whoever reads it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vtp {

// Whether a line waits for others, and has a share of the room of its own.
enum class Urgency { can_wait, at_once };

struct LineBatchOptions {
  // How long a line waits for others, at most.
  std::chrono::milliseconds delay{10};
  // Bytes of lines that wait; a line that does not fit is dropped. As many again may be on their way.
  std::size_t most_waiting = 1024 * 1024;
  // More of them, for what is to go out at once, so that it is not lost in a flood of other lines.
  std::size_t most_urgent = 64 * 1024;
  // How long flush() waits, and how long the end does.
  std::chrono::milliseconds flush_patience{100};
  std::chrono::milliseconds end_patience{1'000};
};

// Any thread. Lines go out in the order in which they were added, each whole. What cannot be written, or
// comes when too much waits, is dropped and counted, and when something can be written again, a line in
// its place says how many are missing.
class LineBatch {
 public:
  // The line, with its line feed, that says how many lines are missing, and why ("nobody read it in time"). Any
  // thread; not called after the batch's end.
  using Notice = std::function<std::string(std::uint64_t missing, std::string_view why)>;

  // fd stays the caller's, and open; it may become another file meanwhile, as by dup2(2). Throws
  // std::system_error if there can be no thread.
  LineBatch(int fd, Notice notice, LineBatchOptions options = {});

  // Writes what waits, if that can be within end_patience.
  ~LineBatch();
  LineBatch(const LineBatch&) = delete;
  LineBatch& operator=(const LineBatch&) = delete;

  // Never waits for the descriptor. The line ends with a line feed.
  void add(std::string_view line, Urgency urgency = Urgency::can_wait);

  // What was added before is written when it returns, or dropped; or it was not within flush_patience.
  void flush();

 private:
  struct State;  // which the thread keeps too, that may not come back from the descriptor

  std::shared_ptr<State> state_;
};

}  // namespace vtp
