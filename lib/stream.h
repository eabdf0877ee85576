// The stream between programs: events on a file descriptor, each followed by one NUL byte, which
// XML cannot contain. Bytes stay exact, so that a digest survives a pipe, and xargs -0, read -d ''
// and sort -z understand it.
#pragma once

#include <string_view>
#include <system_error>

namespace vtp {

// What follows each event in a pipe or file; to a terminal it is always a newline.
enum class StreamEnd { nul, newline };

// Writes such a stream. One thread at a time.
class StreamWriter {
 public:
  // fd stays the caller's, who also ignores SIGPIPE; it may be blocking or not.
  explicit StreamWriter(int fd, StreamEnd end = StreamEnd::nul);

  // Gives the whole event and its end to the system, waiting as long as the other side takes;
  // nothing is kept back when it returns. An event must have no NUL in it, or a reader takes it for
  // two. EPIPE says that nobody reads any more. After an error a part of the event may have been
  // written, and the stream is of no more use.
  [[nodiscard]] std::error_code write(std::string_view event);

 private:
  int fd_;
  char end_;
};

}  // namespace vtp
