#include "lib/descriptor.h"

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

int sync_file(int fd) {
  while (::fsync(fd) != 0) {
    if (errno == EINVAL) return 0;  // some file systems have no sync, and say so
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace vtp
