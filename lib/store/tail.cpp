#include "lib/store/tail.h"

#include <algorithm>
#include <utility>

namespace vtp {

Tail::Tail(Sequence last, std::size_t most_bytes)
    : most_bytes_(most_bytes), begin_(last), last_(last) {}

void Tail::append(const std::vector<LogEntry>& entries) {
  if (entries.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (const LogEntry& entry : entries) {
      bytes_ += entry.event->bytes.size();
      entries_.push_back(entry);
    }
    last_ = entries_.back().seq;
    while (bytes_ > most_bytes_ && entries_.size() > 1) {
      bytes_ -= entries_.front().event->bytes.size();
      begin_ = entries_.front().seq;
      entries_.pop_front();
    }
  }
  const std::lock_guard calling(calling_);
  for (const auto& listener : listeners_)
    listener();
}

Sequence Tail::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

std::optional<std::vector<LogEntry>> Tail::after(Sequence position, std::size_t most_bytes) const {
  const std::lock_guard lock(mutex_);
  if (position < begin_) return std::nullopt;
  std::vector<LogEntry> found;
  std::size_t bytes = 0;
  auto entry = std::ranges::upper_bound(entries_, position, {}, &LogEntry::seq);
  for (; entry != entries_.end(); ++entry) {
    bytes += entry->event->bytes.size();
    if (!found.empty() && bytes > most_bytes) break;
    found.push_back(*entry);
  }
  return found;
}

Tail::Watch::Watch(Tail& tail, std::function<void()> listener) : tail_(tail) {
  const std::lock_guard calling(tail_.calling_);
  position_ = tail_.listeners_.insert(tail_.listeners_.end(), std::move(listener));
}

Tail::Watch::~Watch() {
  const std::lock_guard calling(tail_.calling_);
  tail_.listeners_.erase(position_);
}

}  // namespace vtp
