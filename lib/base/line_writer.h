// Writes whole lines to a file descriptor that may block, fail or become another file.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace vtp {

// One thread. The descriptor's flags are not changed, since other programs may share the open file:
// write() waits with poll(2) until there is room, and then writes no more than fits. So write(2)
// itself does not block, except on a terminal, and on a pipe that other programs write to as well.
class LineWriter {
 public:
  // While waiting, how often write() checks whether to go on, and whether the descriptor has become
  // another file.
  static constexpr std::chrono::milliseconds tick{50};

  // The number of bytes written, up to the end of a line, and why not more: an errno value, EAGAIN
  // if go_on said to stop, 0 if all are written.
  struct Outcome {
    std::size_t written = 0;
    int error = 0;
  };

  // The caller owns fd. If it is not open, write() gives EBADF.
  explicit LineWriter(int fd) : fd_(fd) {}

  // Writes lines, each with its line feed. To a pipe or a socket they go in pieces of at most
  // PIPE_BUF bytes, so that each line stays whole among those of other writers. A line of which a
  // part is written when an error occurs counts as written: the next call writes the rest first,
  // unless the descriptor is another file by then. go_on is called before each write(2) and at each
  // tick; false stops it.
  Outcome write(std::string_view lines, const std::function<bool()>& go_on);

 private:
  // The outcome for a piece. Moved: not all is written, and the descriptor has become another file.
  enum class Written { all, moved, failed };

  bool look();
  Written finish_line(const std::function<bool()>& go_on);
  Written write_piece(std::string_view& piece, const std::function<bool()>& go_on);
  [[nodiscard]] ssize_t try_write(std::string_view bytes) const;

  const int fd_;
  int error_ = 0;     // why the last write stopped
  mode_t kind_ = 0;   // st_mode of the file
  dev_t device_ = 0;  // identifies the file, together with inode_
  ino_t inode_ = 0;
  std::string unfinished_;  // the rest of a line whose beginning is written
};

}  // namespace vtp
