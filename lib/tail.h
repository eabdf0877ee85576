// The newest events of the log, in memory: what every subscriber that keeps up is served from.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/store.h"

namespace vtp {

inline constexpr std::size_t default_tail_size = 16 * 1024 * 1024;  // bytes of events

// Any thread.
class Tail {
 public:
  // last: the place of the log's last event, behind which the tail begins, empty.
  // most_bytes: how much of the newest events it keeps; the last one always.
  explicit Tail(Sequence last, std::size_t most_bytes = default_tail_size);

  // Adds events whose places follow those that are there, and then calls the listener.
  void append(const std::vector<LogEntry>& entries);

  // The place of the last event.
  [[nodiscard]] Sequence last() const;

  // The events behind that place, in order, until they have `most_bytes` between them, at least one
  // if there is any; nothing at all if some of them have left the tail: the store has those.
  [[nodiscard]] std::optional<std::vector<LogEntry>> after(Sequence place,
                                                           std::size_t most_bytes) const;

  // Who is to be called, on the appending thread, when there are new events; nobody if empty. It must
  // not call this function. When this returns, the one before is not being called any more.
  void on_growth(std::function<void()> listener);

 private:
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;  // guards all that is here
  std::deque<LogEntry> entries_;
  std::size_t bytes_ = 0;
  Sequence begin_;  // events up to and including this place are not here
  Sequence last_;

  std::mutex calling_;  // guards the listener, also while it is called
  std::function<void()> listener_;
};

}  // namespace vtp
