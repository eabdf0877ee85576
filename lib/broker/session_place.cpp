#include "lib/broker/session_place.h"

#include <algorithm>
#include <utility>

namespace vtp {
namespace {

constexpr std::size_t first_alone = 1;  // bytes: of any size, the first event and no other

}  // namespace

void SessionPlace::resume(EventLog::Reader& reader, const Resumption& wish) {
  const Sequence end = events_.last();
  std::optional<Sequence> begin;
  bool unknown = false;
  if (wish.after) {
    begin = reader.find(*wish.after);
    unknown = !begin;
  }
  if (!begin && wish.since) begin = reader.before(*wish.since);
  if (!begin && wish.after) {
    // All that is kept: what was forgotten is not missed, since nobody knows what it has of that.
    const auto first = reader.read_after(0, first_alone);
    begin = first.empty() ? end : first.front().seq - 1;
  }
  const Sequence place = begin.value_or(place_);
  std::optional<Digest> last = wish.after;
  if (!wish.after || unknown) last = reader.digest_at(place);
  std::uint64_t missed = 0;
  Sequence place_kept = place;
  if (place < end) {
    const auto first = reader.read_after(place, first_alone);
    place_kept = first.empty() ? end : first.front().seq - 1;
    missed = place_kept - place;
  }
  place_ = place_kept;
  seen_end_ = std::max(end, place_kept);
  goal_ = end;
  last_ = last;
  missed_ += missed;
  began_unknown_ = unknown;
}

std::vector<LogEntry> SessionPlace::next(EventLog::Reader& reader, std::size_t most_bytes) {
  const Sequence end = events_.last();  // before reading: what comes meanwhile is not passed over
  std::vector<LogEntry> entries = reader.read_after(place_, most_bytes);
  note_read(end, entries);
  return entries;
}

std::optional<std::vector<LogEntry>> SessionPlace::next_in_memory(std::size_t most_bytes) {
  const Sequence end = events_.last();
  auto entries = events_.newest_after(place_, most_bytes);
  if (entries) note_read(end, *entries);
  return entries;
}

void SessionPlace::note_read(Sequence end, const std::vector<LogEntry>& entries) {
  const Sequence before = entries.empty() ? std::max(end, place_) : entries.front().seq - 1;
  missed_ += before - place_;
  place_ = before;
  seen_end_ = end;
}

void SessionPlace::pass(const LogEntry& entry) {
  place_ = entry.seq;
  last_ = entry.event->digest;
}

std::uint64_t SessionPlace::take_missed() { return std::exchange(missed_, 0); }

}  // namespace vtp
