#include "lib/session_place.h"

#include <algorithm>
#include <utility>

namespace vtp {
namespace {

constexpr std::size_t first_alone = 1;  // bytes: of any size, the first event and no other

}  // namespace

asio::awaitable<void> SessionPlace::resume(const Resumption& wish) {
  const Sequence end = events_.last();
  std::optional<Sequence> begin;
  bool unknown = false;
  if (wish.after) {
    begin = co_await events_.find(*wish.after);
    unknown = !begin;
  }
  if (!begin && wish.since) begin = co_await events_.before(*wish.since);
  if (!begin && wish.after) {
    // All that is kept: what was forgotten is not missed, since nobody knows what it has of that.
    const auto first = co_await events_.read_after(0, first_alone);
    begin = first.empty() ? end : first.front().seq - 1;
  }
  const Sequence place = begin.value_or(place_);
  std::optional<Digest> last = wish.after;
  if (!wish.after || unknown) last = co_await events_.digest_at(place);
  std::uint64_t missed = 0;
  Sequence place_kept = place;
  if (place < end) {
    const auto first = co_await events_.read_after(place, first_alone);
    place_kept = first.empty() ? end : first.front().seq - 1;
    missed = place_kept - place;
  }
  place_ = place_kept;
  goal_ = end;
  last_ = last;
  missed_ += missed;
  began_unknown_ = unknown;
}

asio::awaitable<std::vector<LogEntry>> SessionPlace::next(std::size_t most_bytes) {
  const Sequence end = events_.last();  // before reading: what comes meanwhile is not passed over
  std::vector<LogEntry> entries = co_await events_.read_after(place_, most_bytes);
  const Sequence before = entries.empty() ? std::max(end, place_) : entries.front().seq - 1;
  missed_ += before - place_;
  place_ = entries.empty() ? before : entries.back().seq;
  gave_all_ = place_ >= end;
  if (!entries.empty()) last_ = entries.back().event->digest;
  co_return entries;
}

std::uint64_t SessionPlace::take_missed() { return std::exchange(missed_, 0); }

}  // namespace vtp
