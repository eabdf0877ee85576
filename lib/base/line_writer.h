// Whole lines for a file descriptor that may not take them, by a thread that may wait for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace vtp {

// One thread. Nothing of the descriptor is changed, since others may have the same open file: it waits
// with poll(2) until there is room, and then writes no more than fits there. That keeps it from waiting
// in write(2) itself, but for a terminal and a pipe that others write to as well.
class LineWriter {
 public:
  // How often it looks, while it waits, whether it is to go on, and whether the descriptor is another file
  // by now.
  static constexpr std::chrono::milliseconds tick{50};

  // How far it came: so many bytes from the front, to the end of a line, and why no further: an errno
  // value, EAGAIN where it was not to go on, 0 where all is written.
  struct Outcome {
    std::size_t written = 0;
    int error = 0;
  };

  // fd stays the caller's. One that is not open gives EBADF.
  explicit LineWriter(int fd) : fd_(fd) {}

  // Lines, each with its line feed. Those for a pipe or a socket go out by the page, so that each is
  // whole among what others write there. A line that has begun when there is an error counts as
  // written, and goes on at the next call, unless the descriptor is another file then. go_on: asked
  // before each write(2) and at each tick.
  Outcome write(std::string_view lines, const std::function<bool()>& go_on);

 private:
  // How a piece was written. Moved: not all of it, and the descriptor is another file by now.
  enum class Written { all, moved, failed };

  bool look();
  Written finish_line(const std::function<bool()>& go_on);
  Written write_piece(std::string_view& piece, const std::function<bool()>& go_on);
  [[nodiscard]] ssize_t try_write(std::string_view bytes) const;

  const int fd_;
  int error_ = 0;     // why the last write got no further
  mode_t kind_ = 0;   // of the file that the descriptor is
  dev_t device_ = 0;  // which file that is, with inode_
  ino_t inode_ = 0;
  std::string unfinished_;  // the rest of a line that has begun there
};

}  // namespace vtp
