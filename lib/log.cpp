#include "lib/log.h"

#include <iterator>
#include <utility>

#include "lib/descriptor.h"
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
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  const std::string_view said(text.data(), text.size());
  fmt::memory_buffer line;
  const auto end = std::back_inserter(line);
  if (has_status_.exchange(false)) fmt::format_to(end, "{}", clear_line);
  if (style_ == LineStyle::tool)
    fmt::format_to(end, "{}: ", program_);
  else
    fmt::format_to(end, "{} {} ", utc_text(clock_.now(), Fraction::milliseconds), word_for(level));
  if (is_plain(said) && said.size() <= max_log_line)
    line.append(said);
  else
    line.append(shortened(printable(said), max_log_line));
  line.push_back('\n');
  const std::string_view whole(line.data(), line.size());
  if (!batch_) {
    (void)write_all(fd_, whole);
    return;
  }
  batch_->add(whole);
  if (level <= Level::warning) batch_->flush();
}

void Log::status(std::string_view text) const {
  const bool had_one = has_status_.exchange(!text.empty());
  flush();
  if (had_one || !text.empty())
    (void)write_all(fd_, fmt::format("{}{}", clear_line, printable(text)));
}

}  // namespace vtp
