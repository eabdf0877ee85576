#include "lib/log.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

#include "lib/text.h"

namespace vtp {
namespace {

std::string_view word_for(Level level) {
  switch (level) {
    case Level::error:
      return "ERROR";
    case Level::warning:
      return "WARNING";
    case Level::info:
      return "INFO";
    case Level::debug:
      return "DEBUG";
  }
  return "";
}

}  // namespace

Log::Log(std::string program, LineStyle style, Level most, const Clock& clock, int fd)
    : program_(std::move(program)), style_(style), most_(most), clock_(clock), fd_(fd) {}

void Log::write(Level level, fmt::string_view format, fmt::format_args args) const {
  const std::string text = shortened(printable(fmt::vformat(format, args)), max_log_line);
  const std::string line =
      style_ == LineStyle::tool
          ? fmt::format("{}: {}\n", program_, text)
          : fmt::format("{} {} {}\n", utc_text(clock_.now(), Fraction::milliseconds),
                        word_for(level), text);
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace vtp
