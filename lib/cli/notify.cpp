#include "lib/cli/notify.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "lib/base/descriptor.h"

namespace vtp {

Notifier::Notifier() {
  if (const char* path = std::getenv("NOTIFY_SOCKET")) path_ = path;
  ::unsetenv("NOTIFY_SOCKET");
}

std::error_code Notifier::tell(std::string_view state) const {
  if (path_.empty()) return {};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.front() != '/' && path_.front() != '@')
    return std::make_error_code(std::errc::address_family_not_supported);
  if (path_.size() >= sizeof address.sun_path)
    return std::make_error_code(std::errc::filename_too_long);
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_.front() == '@') address.sun_path[0] = '\0';
  // The address length ends an abstract name; a NUL would be a part of it.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());

  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval timeout{5, 0};
  if (socket.get() < 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
      ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), size) < 0)
    return {errno, std::generic_category()};
  return {};
}

}  // namespace vtp
