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

// Some file systems have no sync, and say so.
int sync_file(int fd) { return ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno; }

}  // namespace vtp
