// A file descriptor that somebody owns, and what is done with those of files.
#pragma once

#include <fcntl.h>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace vtp {

// Closed when its owner goes; none where the number is negative, as of a call that failed.
class Descriptor {
 public:
  Descriptor() = default;
  // Out of the way of 0, 1 and 2, which may be free in a service, and are the command's.
  explicit Descriptor(int fd) : fd_(fd) {
    if (fd < 0 || fd > STDERR_FILENO) return;
    fd_ = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    ::close(fd);
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// Writes all of it, at the file's offset. 0, or what errno says. Any thread.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

// Locks so many bytes of the file from there on, or all to its end where size is 0, for as long as this open file
// description lives; fd must be open for writing. 0, EAGAIN if another program has it locked, or what errno says.
// Any thread.
[[nodiscard]] int lock_file(int fd, off_t begin = 0, off_t size = 0);

// Has the system put it on disk, if that file system can. 0, or what errno says. Any thread.
[[nodiscard]] int sync_file(int fd);

}  // namespace vtp
