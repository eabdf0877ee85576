// An owned file descriptor, and operations on files: write all, lock, sync.
#pragma once

#include <fcntl.h>
#include <string_view>
#include <sys/types.h>
#include <unistd.h>
#include <utility>

namespace vtp {

// Closed when it is destroyed. A negative number, as from a failed call, means that there is none.
class Descriptor {
 public:
  Descriptor() = default;
  // Moves the descriptor to 3 or above: 0, 1 and 2 may be free in a service, but are meant for the
  // standard streams of a command.
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

// Writes all bytes at the file's offset. Returns 0 or an errno value. Any thread.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

// Locks `size` bytes of the file from `begin` on (size 0: up to its end), for as long as this open
// file description exists; fd must be open for writing. Returns 0, EAGAIN if another program holds
// the lock, or another errno value. Any thread.
[[nodiscard]] int lock_file(int fd, off_t begin = 0, off_t size = 0);

// Releases such a lock, or a part of it. Any thread.
void unlock_file(int fd, off_t begin, off_t size);

// Syncs the file to disk; does nothing on a file system without sync. Returns 0 or an errno value.
// Any thread.
[[nodiscard]] int sync_file(int fd);

}  // namespace vtp
