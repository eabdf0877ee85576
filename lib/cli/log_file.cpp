#include "lib/cli/log_file.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

// O_NONBLOCK: a FIFO without a reader is an error, instead of blocking forever. It is cleared
// afterwards, also for the commands that inherit the descriptor. O_NOCTTY: a terminal must not
// become our controlling terminal, which would send us its signals.
int open_to_append(const std::string& path) {
  const int fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0666);
  if (fd >= 0) ::fcntl(fd, F_SETFL, O_APPEND);
  return fd;
}

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

LogFile::LogFile(const std::string& path)
    : path_(std::filesystem::absolute(path).string()), file_(open_to_append(path_)) {
  if (file_.get() >= 0) return;
  const std::error_code error = last_error();
  std::error_code ignored;
  const bool unread =
      error == std::errc::no_such_device_or_address && std::filesystem::is_fifo(path_, ignored);
  throw std::runtime_error(fmt::format("cannot open the log file {}: {}", path_,
                                       unread ? "nobody reads this FIFO" : error.message()));
}

std::error_code LogFile::reopen() {
  const Descriptor anew(open_to_append(path_));
  if (anew.get() < 0 || ::dup3(anew.get(), file_.get(), O_CLOEXEC) < 0) return last_error();
  return {};
}

}  // namespace vtp
