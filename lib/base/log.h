// Everything that is said to people: one line a message, on one sink.
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

// Bytes of one message; what is longer, as a peer can make it, is cut and ends with "…".
inline constexpr std::size_t max_log_line = 4096;

// How a line begins. A tool's message names the tool ("sendvo: …"); a service's line has the time
// in UTC and the level ("2026-11-22T12:42:50.123Z INFO …").
enum class LineStyle { tool, service };

// Writes whole lines with one write(2), so that those of several threads and processes do not mix;
// any thread. Whatever a message holds is made printable(), so a peer cannot forge a line. A sink
// that cannot be written to is ignored: there is nobody left to tell.
class Log {
 public:
  // most: the least important level that is still written. fd stays the caller's.
  // clock must live as long as the log.
  Log(std::string program, LineStyle style, Level most, const Clock& clock, int fd = 2);

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

  // On a terminal: shows one more line, which the next status takes the place of, and which the next
  // message clears away before it is written. An empty text clears it away.
  void status(std::string_view text) const;

  // From now on a thread of the log's own writes messages, and nobody waits for whoever reads them. They
  // wait for one another for some milliseconds, and go out together, warnings and errors at once. Beyond
  // some bound (line_batch.h) they are dropped, and a warning in their place says how many. It takes a
  // thread: after the last fork(2). Once, while nobody else uses the log. At the log's end, what cannot
  // be written within a second is lost.
  void gather();

  // What was said before is written when it returns, or cannot be just now.
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
  std::unique_ptr<LineBatch> batch_;  // where messages are gathered
};

}  // namespace vtp
