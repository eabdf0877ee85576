#include "lib/base/input_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

Problem system_problem() { return Problem{std::strerror(errno)}; }

}  // namespace

InputFile::InputFile(const std::string& file) : fd_(STDIN_FILENO) {
  if (file == standard_input) return;
  opened_ = Descriptor(open_file(file, O_RDONLY));
  fd_ = opened_.get();
  if (fd_ < 0) problem_ = system_problem();
}

std::optional<std::string> warning_of_unreadable(const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0) return std::nullopt;
  return fmt::format("{}: {}: it cannot be read again at SIGHUP", file, std::strerror(errno));
}

Result<std::string> read_file(const std::string& file, std::size_t most) {
  const InputFile input(file);
  if (input.fd() < 0) return input.problem();
  constexpr std::size_t step = 64 * 1024;
  std::string bytes;
  std::size_t size = 0;
  while (true) {
    if (bytes.size() - size < step) bytes.resize(std::max(2 * bytes.size(), 2 * step));
    const ssize_t got = ::read(input.fd(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_problem();
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > most) return Problem{fmt::format("has more than {} bytes", most)};
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace vtp
