#include "lib/cli/daemon.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Closes the descriptors inherited through exec(3): those without close-on-exec, which all of ours
// have.
void close_inherited() {
  std::vector<int> inherited;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const int fd = std::atoi(entry.path().filename().c_str());
    if (fd > STDERR_FILENO && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) inherited.push_back(fd);
  }
  for (const int fd : inherited)
    ::close(fd);
}

// Waits until the daemon is ready or has ended; returns the caller's exit status.
int status_of(pid_t daemon, const Descriptor& word) {
  char ready = 0;
  ssize_t got = 0;
  while ((got = ::read(word.get(), &ready, 1)) < 0 && errno == EINTR) {
  }
  if (got == 1) return 0;
  int end = 0;
  while (::waitpid(daemon, &end, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(end))
    throw std::runtime_error(fmt::format("signal {} ({}) ended process {} before it was ready",
                                         WTERMSIG(end), ::strsignal(WTERMSIG(end)), daemon));
  if (WEXITSTATUS(end) == 0)
    throw std::runtime_error(fmt::format("process {} ended before it was ready", daemon));
  return WEXITSTATUS(end);
}

}  // namespace

std::optional<int> Daemon::detach() {
  ::signal(SIGCHLD, SIG_DFL);  // a process that ignores it cannot learn how a child ended
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe to detach by");
  const Descriptor word(ends[0]);
  Descriptor speaking(ends[1]);
  const pid_t daemon = ::fork();
  if (daemon < 0) fail("cannot fork to detach");
  if (daemon > 0) {
    speaking = {};
    return status_of(daemon, word);
  }
  ::setsid();
  close_inherited();
  caller_ = std::move(speaking);
  return std::nullopt;
}

void Daemon::ready(StandardOutput output, std::optional<int> error) {
  const Descriptor nowhere(open_file("/dev/null", O_RDWR));
  if (nowhere.get() < 0) fail("cannot open /dev/null to detach");
  pollfd caller{caller_.get(), 0, 0};
  if (::poll(&caller, 1, 0) > 0)  // the pipe's other end is closed
    throw std::runtime_error("not detached: the calling process ended before the daemon was ready");
  ::dup2(nowhere.get(), STDIN_FILENO);
  if (output == StandardOutput::closed) ::dup2(nowhere.get(), STDOUT_FILENO);
  ::dup2(error.value_or(nowhere.get()), STDERR_FILENO);
  // Last, so that everything is done when the caller ends. A caller that ends just now is not
  // noticed.
  while (::write(caller_.get(), "", 1) < 0 && errno == EINTR) {
  }
  caller_ = {};
}

}  // namespace vtp
