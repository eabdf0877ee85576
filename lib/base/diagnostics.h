// Diagnostics: what a program says to people, one line per message, to one file descriptor.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/base/clock.h"
#include "lib/base/line_batch.h"

namespace vtp {

enum class Level { error, warning, info, debug };

// Limit for the bytes of one message. A longer one, which a peer may cause, is cut and ends with
// "…".
inline constexpr std::size_t max_diagnostics_line = 4096;

// How a line begins. A tool's line begins with the tool's name ("sendvo: …"), a service's line with
// the time in UTC and the level ("2026-11-22T12:42:50.123Z INFO …").
enum class LineStyle { tool, service };

// Writes each line with one write(2), so that lines of several threads and processes do not mix.
// Any thread. All text is made printable(), so that a peer cannot forge a line. Write errors are
// ignored: there is nowhere to report them.
class Diagnostics {
 public:
  // most: the least important level that is still written. The caller owns fd.
  // clock must outlive the diagnostics.
  Diagnostics(std::string program, LineStyle style, Level most, const Clock& clock, int fd = 2);

  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    say(Level::error, format, args...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) const {
    say(Level::warning, format, args...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    say(Level::info, format, args...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    say(Level::debug, format, args...);
  }

  // For a terminal: shows a status line. The next status replaces it; the next message erases it
  // first. An empty text erases it.
  void status(std::string_view text) const;

  // From now on a thread of the log writes the messages, so that a slow reader blocks nobody.
  // Messages are collected for some milliseconds and written together; warnings and errors go out
  // at once. Beyond a limit (line_batch.h) they are dropped, and a warning in their place says how
  // many. Starts a thread, so call it after the last fork(2); once, while no other thread uses the
  // log. The destructor loses what cannot be written within a second.
  void gather();

  // Waits until all messages so far are written, for a short time at most (line_batch.h).
  void flush() const {
    if (batch_) batch_->flush();
  }

  // Whether messages of this level are written.
  [[nodiscard]] bool says(Level level) const { return level <= most_; }

  // For a level that depends on what happened.
  template <class... Args>
  void say(Level level, fmt::string_view format, Args&&... args) const {
    if (says(level)) write(level, format, fmt::make_format_args(args...));
  }

 private:
  void write(Level level, fmt::string_view format, fmt::format_args args) const;
  [[nodiscard]] std::string line(Level level, std::string_view said) const;

  std::string program_;
  LineStyle style_;
  Level most_;
  const Clock& clock_;
  int fd_;
  mutable std::atomic<bool> has_status_{false};
  std::unique_ptr<LineBatch> batch_;  // set by gather()
};

}  // namespace vtp
