#include "lib/base/diagnostics.h"

#include <iterator>
#include <utility>

#include "lib/base/characters.h"
#include "lib/base/descriptor.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::string_view clear_line =
    "\r\x1b[K";  // go to the beginning of the line and erase it (ECMA-48, 8.3.41)

constexpr std::size_t longest_character = 4;  // bytes of UTF-8

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

Diagnostics::Diagnostics(std::string program, LineStyle style, Level most, const Clock& clock,
                         int fd)
    : program_(std::move(program)), style_(style), most_(most), clock_(clock), fd_(fd) {}

void Diagnostics::gather() {
  batch_ = std::make_unique<LineBatch>(fd_, [this](std::uint64_t missing, std::string_view why) {
    return line(Level::warning,
                fmt::format("{} diagnostic line(s) are missing here: {}", missing, why));
  });
}

void Diagnostics::write(Level level, fmt::string_view format, fmt::format_args args) const {
  fmt::memory_buffer text;
  fmt::vformat_to(std::back_inserter(text), format, args);
  const std::string whole = line(level, {text.data(), text.size()});
  if (batch_)
    batch_->add(whole, level <= Level::warning ? Urgency::at_once : Urgency::can_wait);
  else
    (void)write_all(fd_, whole);
}

// The message as a whole line: printable, with its prefix and line feed.
std::string Diagnostics::line(Level level, std::string_view said) const {
  std::string line;
  const auto end = std::back_inserter(line);
  if (has_status_.exchange(false)) line += clear_line;
  if (style_ == LineStyle::tool)
    fmt::format_to(end, "{}: ", program_);
  else
    fmt::format_to(end, "{} {} ", utc_text(clock_.now(), Fraction::milliseconds), word_for(level));
  if (is_plain(said) && said.size() <= max_diagnostics_line)
    line += said;
  else  // nothing beyond the limit and the rest of a character needs to be looked at
    line += shortened(printable(said.substr(0, max_diagnostics_line + longest_character)),
                      max_diagnostics_line);
  line += '\n';
  return line;
}

void Diagnostics::status(std::string_view text) const {
  const bool had_one = has_status_.exchange(!text.empty());
  if (!had_one && text.empty()) return;
  const std::string shown =
      fmt::format("{}{}", clear_line, shortened(printable(text), max_diagnostics_line));
  if (batch_)
    batch_->add(shown, Urgency::at_once);
  else
    (void)write_all(fd_, shown);
}

}  // namespace vtp
