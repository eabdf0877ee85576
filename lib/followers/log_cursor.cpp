#include "lib/followers/log_cursor.h"

#include <algorithm>
#include <utility>

namespace vtp {
namespace {

constexpr std::size_t first_alone = 1;  // bytes: returns only the first event, whatever its size

}  // namespace

void LogCursor::resume(EventLog::Reader& reader, const Resumption& wish) {
  const Sequence end = events_.last();
  std::optional<Sequence> begin;
  bool unknown = false;
  if (wish.after) {
    begin = reader.find(*wish.after);
    unknown = !begin;
  }
  if (!begin && wish.since) begin = reader.before(*wish.since);
  if (!begin && wish.after) {
    // All stored events: forgotten ones do not count as missed, since it is unknown which the
    // subscriber has.
    const auto first = reader.read_after(0, first_alone);
    begin = first.empty() ? end : first.front().seq - 1;
  }
  const Sequence position = begin.value_or(position_);
  std::optional<Digest> last = wish.after;
  if (!wish.after || unknown) last = reader.digest_at(position);
  std::uint64_t missed = 0;
  Sequence oldest_kept = position;
  if (position < end) {
    const auto first = reader.read_after(position, first_alone);
    oldest_kept = first.empty() ? end : first.front().seq - 1;
    missed = oldest_kept - position;
  }
  position_ = oldest_kept;
  seen_end_ = std::max(end, oldest_kept);
  goal_ = end;
  last_ = last;
  missed_ += missed;
  began_unknown_ = unknown;
}

bool LogCursor::resume_if_known(EventLog::Reader& reader, const Resumption& wish) {
  if (wish.after && !reader.find(*wish.after)) return false;
  resume(reader, wish);
  return true;
}

std::vector<LogEntry> LogCursor::next(EventLog::Reader& reader, std::size_t most_bytes) {
  const Sequence end = events_.last();  // before reading, so that no new event is skipped
  std::vector<LogEntry> entries = reader.read_after(position_, most_bytes);
  note_read(end, entries);
  return entries;
}

std::optional<std::vector<LogEntry>> LogCursor::next_in_memory(std::size_t most_bytes) {
  const Sequence end = events_.last();
  auto entries = events_.newest_after(position_, most_bytes);
  if (entries) note_read(end, *entries);
  return entries;
}

void LogCursor::note_read(Sequence end, const std::vector<LogEntry>& entries) {
  const Sequence before = entries.empty() ? std::max(end, position_) : entries.front().seq - 1;
  missed_ += before - position_;
  position_ = before;
  seen_end_ = end;
}

void LogCursor::pass(const LogEntry& entry) {
  position_ = entry.seq;
  last_ = entry.event->digest;
}

std::uint64_t LogCursor::take_missed() { return std::exchange(missed_, 0); }

}  // namespace vtp
