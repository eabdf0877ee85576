#include "lib/base/descriptor.h"

#include <cerrno>

namespace vtp {

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

namespace {

// A lock of the open file description (OFD), not of the process: the latter is lost when any
// descriptor of the file is closed.
int set_lock(int fd, short type, off_t begin, off_t size) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = begin;
  lock.l_len = size;
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

}  // namespace

int lock_file(int fd, off_t begin, off_t size) {
  const int error = set_lock(fd, F_WRLCK, begin, size);
  return error == EACCES ? EAGAIN : error;
}

void unlock_file(int fd, off_t begin, off_t size) { (void)set_lock(fd, F_UNLCK, begin, size); }

int sync_file(int fd) {
  while (::fsync(fd) != 0) {
    if (errno == EINVAL) return 0;  // this file system has no sync
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace vtp
