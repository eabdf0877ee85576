#include "lib/log_file.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>

namespace vtp {
namespace {

// Not a terminal of our own, if it is one: it would send us its signals.
int open_to_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
}

std::error_code last_error() { return {errno, std::generic_category()}; }

}  // namespace

LogFile::LogFile(const std::string& path)
    : path_(std::filesystem::absolute(path).string()), file_(open_to_append(path_)) {
  if (file_.get() < 0)
    throw std::runtime_error(
        fmt::format("cannot open the log file {}: {}", path_, last_error().message()));
}

std::error_code LogFile::reopen() {
  const Descriptor anew(open_to_append(path_));
  if (anew.get() < 0 || ::dup3(anew.get(), file_.get(), O_CLOEXEC) < 0) return last_error();
  return {};
}

}  // namespace vtp
