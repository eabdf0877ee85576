#include "lib/cli/pid_file.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

struct Content {
  bool usable = false;  // empty, or a process ID and a newline
  std::optional<pid_t> number;
};

// Repeats the call while a signal interrupts it.
template <class Call>
auto to_its_end(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result;
}

Content content_of(int fd) {
  std::array<char, 32> buffer{};
  const ssize_t size = to_its_end([&] { return ::pread(fd, buffer.data(), buffer.size(), 0); });
  if (size < 0) return {};
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  if (text.empty()) return {true, std::nullopt};
  pid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc{} || number <= 0 || (!rest.empty() && rest != "\n")) return {};
  return {true, number};
}

bool is_regular(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
}

}  // namespace

// The lock is flock(2)'s: a forked child would not inherit a process lock of fcntl(2), which is
// also lost as soon as any library closes the same file.
PidFile::PidFile(std::string path) : path_(std::move(path)) {
  do {
    // O_NOFOLLOW: a symbolic link could make us write into any empty file.
    file_ = Descriptor(open_file(path_, O_RDWR | O_CREAT | O_NOCTTY | O_NOFOLLOW, 0644));
    if (!is_ours() && errno == ELOOP)
      throw std::runtime_error(fmt::format("{} is not a PID file: it is a symbolic link", path_));
    if (!is_ours()) fail(errno);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail(errno);
      holder_ = content_of(file_.get()).number;
      file_ = {};
      return;
    }
    // The process that had the lock may have removed the file since we opened it; a lock on a
    // removed file excludes nobody.
  } while (!is_at_path());
  if (!is_regular(file_.get()) || !content_of(file_.get()).usable)
    throw std::runtime_error(
        fmt::format("{} is not a PID file: it contains something other than a process ID", path_));
  if (to_its_end([this] { return ::ftruncate(file_.get(), 0); }) != 0) fail(errno);
}

// We still have the lock, so this cannot remove the file of another process. If the program has
// changed to a user who may not remove it, it is empty from then on.
PidFile::~PidFile() {
  if (!is_ours() || writer_ != ::getpid() || !is_at_path()) return;
  if (::unlink(path_.c_str()) != 0) (void)!::ftruncate(file_.get(), 0);
}

void PidFile::write() {
  writer_ = ::getpid();
  const std::string line = fmt::format("{}\n", writer_);
  const ssize_t written =
      to_its_end([&] { return ::pwrite(file_.get(), line.data(), line.size(), 0); });
  if (written != static_cast<ssize_t>(line.size())) fail(written < 0 ? errno : ENOSPC);
}

bool PidFile::is_at_path() const {
  struct stat ours {};
  struct stat there {};
  if (::fstat(file_.get(), &ours) != 0) fail(errno);
  if (::stat(path_.c_str(), &there) != 0) return false;
  return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void PidFile::fail(int error) const {
  throw std::runtime_error(
      fmt::format("cannot create the PID file {}: {}", path_, std::strerror(error)));
}

}  // namespace vtp
