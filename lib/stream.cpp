#include "lib/stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace vtp {
namespace {

// Until there is room for more, or an error that the next write will tell.
void wait_for_room(int fd) {
  pollfd room{fd, POLLOUT, 0};
  ::poll(&room, 1, -1);
}

}  // namespace

StreamWriter::StreamWriter(int fd, StreamEnd end)
    : fd_(fd), end_(end == StreamEnd::newline || ::isatty(fd) == 1 ? '\n' : '\0') {}

std::error_code StreamWriter::write(std::string_view event) {
  // The system does not write through iov_base, which has no const form.
  std::array<iovec, 2> left{{{const_cast<char*>(event.data()), event.size()}, {&end_, 1}}};
  while (left[1].iov_len > 0) {
    const ssize_t written = ::writev(fd_, left.data(), static_cast<int>(left.size()));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      wait_for_room(fd_);
      continue;
    }
    if (written < 0) return {errno, std::system_category()};
    // A device that takes nothing and says nothing would be asked for ever.
    if (written == 0) return std::make_error_code(std::errc::io_error);
    auto done = static_cast<std::size_t>(written);
    for (iovec& part : left) {
      const std::size_t of_this = std::min(done, part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + of_this;
      part.iov_len -= of_this;
      done -= of_this;
    }
  }
  return {};
}

}  // namespace vtp
