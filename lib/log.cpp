#include "lib/log.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

#include "lib/text.h"

namespace vtp {
namespace {

constexpr std::string_view clear_line =
    "\r\x1b[K";  // to the line's begin, and erase it (ECMA-48, 8.3.41)

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
  std::string line = style_ == LineStyle::tool
                         ? fmt::format("{}: {}\n", program_, text)
                         : fmt::format("{} {} {}\n", utc_text(clock_.now(), Fraction::milliseconds),
                                       word_for(level), text);
  if (has_status_.exchange(false)) line.insert(0, clear_line);
  put(line);
}

void Log::status(std::string_view text) const {
  const bool had_one = has_status_.exchange(!text.empty());
  if (had_one || !text.empty()) put(fmt::format("{}{}", clear_line, printable(text)));
}

// With one write, unless the system takes less.
void Log::put(std::string_view text) const {
  while (!text.empty()) {
    const ssize_t written = ::write(fd_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace vtp
