// The newest events of the log, in memory. Subscribers that keep up are served from it.
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
  // last: the position of the log's last event; the tail begins empty after it. most_bytes: how
  // many bytes of the newest events it keeps; it always keeps the last event.
  explicit Tail(Sequence last, std::size_t most_bytes = default_tail_size);

  // Adds events, whose positions follow the last one, and then calls the listeners.
  void append(const std::vector<LogEntry>& entries);

  // The position of the last event.
  [[nodiscard]] Sequence last() const;

  // As Store::read_after; nothing if some of the events after that position are no longer in the
  // tail: read them from the store.
  [[nodiscard]] std::optional<std::vector<LogEntry>> after(Sequence position,
                                                           std::size_t most_bytes) const;

  // Calls a listener on the appending thread when there are new events, until the watch is
  // destroyed; after that, the listener is not running any more. The listener must not create or
  // destroy a watch. The tail must live longer.
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
  mutable std::mutex mutex_;  // guards all members below, down to last_
  std::deque<LogEntry> entries_;
  std::size_t bytes_ = 0;
  Sequence begin_;  // the tail holds the events after this position
  Sequence last_;

  std::mutex calling_;  // guards the listeners, also while they are called
  std::list<std::function<void()>> listeners_;
};

}  // namespace vtp
