#include "lib/cli/notify.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

// What a service manager does: it listens there, and is told.
class Manager {
 public:
  explicit Manager(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  ~Manager() { close(fd_); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  [[nodiscard]] std::string hears() const {
    std::array<char, 100> buffer{};
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(size));
  }

 private:
  int fd_;
};

Notifier notifier_for(const std::string& path) {
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  return {};
}

}  // namespace

TEST_CASE("the service manager is told what is to be told, wherever it listens") {
  const TemporaryFolder folder;
  for (const std::string& path :
       {folder.file("notify"), fmt::format("@vtp-test-{}/notify", getpid())}) {
    const Manager manager(path);
    const Notifier notifier = notifier_for(path);
    CHECK_FALSE(notifier.tell("READY=1"));
    CHECK(manager.hears() == "READY=1");
    CHECK_FALSE(notifier.tell("STOPPING=1"));
    CHECK(manager.hears() == "STOPPING=1");
    CHECK(manager.hears() == "nothing");
  }
}

TEST_CASE("commands do not inherit the service manager") {
  const Notifier notifier = notifier_for("/run/manager");
  CHECK(notifier.path() == "/run/manager");
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
}

TEST_CASE("without a service manager there is nobody to tell") {
  unsetenv("NOTIFY_SOCKET");
  CHECK_FALSE(Notifier().tell("READY=1"));
  CHECK_FALSE(notifier_for("").tell("READY=1"));
}

TEST_CASE("a service manager that cannot be told is an error") {
  const TemporaryFolder folder;
  CHECK(notifier_for(folder.file("nobody")).tell("READY=1") ==
        std::errc::no_such_file_or_directory);
  CHECK(notifier_for("@vtp-test-nobody").tell("READY=1") == std::errc::connection_refused);
  CHECK(notifier_for("vsock:2:1234").tell("READY=1") == std::errc::address_family_not_supported);
  CHECK(notifier_for("/" + std::string(107, 'x')).tell("READY=1") == std::errc::filename_too_long);
}

}  // namespace vtp
