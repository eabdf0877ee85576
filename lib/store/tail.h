// The newest events of the log, in memory: what every subscriber that keeps up is served from.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <vector>

#include "lib/store/store.h"

namespace vtp {

inline constexpr std::size_t default_tail_size = 16 * 1024 * 1024;  // bytes of events

// Any thread.
class Tail {
 public:
  // last: the position of the log's last event, behind which the tail begins, empty.
  // most_bytes: how much of the newest events it keeps; the last one always.
  explicit Tail(Sequence last, std::size_t most_bytes = default_tail_size);

  // Adds events whose positions follow those that are there, and then calls the listener.
  void append(const std::vector<LogEntry>& entries);

  // The position of the last event.
  [[nodiscard]] Sequence last() const;

  // As Store::read_after; nothing at all if some of the events behind that position have left the tail:
  // the store has those.
  [[nodiscard]] std::optional<std::vector<LogEntry>> after(Sequence position,
                                                           std::size_t most_bytes) const;

  // Has a listener called, on the appending thread, when there are new events, until the watch ends;
  // when it has, the listener is not being called any more. It must not begin or end a watch. The
  // tail must live longer.
  class Watch {
   public:
    Watch(Tail& tail, std::function<void()> listener);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Tail& tail_;
    std::list<std::function<void()>>::iterator position_;
  };

 private:
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;  // guards all that is here
  std::deque<LogEntry> entries_;
  std::size_t bytes_ = 0;
  Sequence begin_;  // events up to and including this position are not here
  Sequence last_;

  std::mutex calling_;  // guards the listeners, also while they are called
  std::list<std::function<void()>> listeners_;
};

}  // namespace vtp
