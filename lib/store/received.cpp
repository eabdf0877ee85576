#include "lib/store/received.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace vtp {
namespace {

constexpr std::int64_t most_set_back =
    60'000'000;                          // microseconds; smaller steps back are evened out
constexpr std::int64_t block_size = 64;  // events

std::int64_t microseconds(Time time) { return time.time_since_epoch().count(); }

}  // namespace

// NOT INDEXED and INDEXED BY: SQLite must not choose the other index, whichever it estimates as
// cheaper.
ReceivedTimes::ReceivedTimes(Database& database)
    : database_(database),
      read_last_(database, "SELECT received FROM event ORDER BY seq DESC LIMIT 1"),
      falls_(database,
             "UPDATE rising SET newest = (SELECT max(received) FROM event), "
             "seq = (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'event')"),
      rising_(database, "SELECT seq, newest FROM rising"),
      first_seq_(database, "SELECT min(seq) FROM event"),
      last_seq_(database, "SELECT max(seq) FROM event"),
      at_or_after_(database,
                   "SELECT seq, received FROM event NOT INDEXED WHERE seq >= ?1 ORDER BY seq "
                   "LIMIT 1"),
      first_in_(database,
                "SELECT seq FROM event NOT INDEXED WHERE seq >= ?1 AND seq < ?2 "
                "AND received >= ?3 ORDER BY seq LIMIT 1"),
      all_before_(database,
                  "SELECT received, seq FROM event INDEXED BY event_received WHERE seq < ?1 "
                  "ORDER BY received") {}

Time ReceivedTimes::next(Time now) {
  if (transaction_ != database_.transactions()) {
    transaction_ = database_.transactions();
    last_ = std::numeric_limits<std::int64_t>::min();
    if (read_last_.step()) last_ = read_last_.number(0);
    read_last_.reset();
  }
  const std::int64_t time = microseconds(now);
  if (time < last_ && time >= last_ - most_set_back) return Time{std::chrono::microseconds{last_}};
  if (time < last_) falls_.run();
  last_ = time;
  return now;
}

// A binary search: events before `low` were received earlier, and from `high` on at `time` or
// later.
std::optional<std::int64_t> ReceivedTimes::first_since(Time since) {
  const std::int64_t time = microseconds(since);
  std::int64_t low = 1;
  if (rising_.step()) {
    low = rising_.number(0);
    const std::int64_t newest = rising_.number(1);
    rising_.reset();
    if (time <= newest && first_seq_.run() < low)
      if (const auto found = first_before(low, time)) return found;
  }
  std::optional<std::int64_t> found;
  for (std::int64_t high = last_seq_.run() + 1; low < high;) {
    const std::int64_t middle = low + (high - low) / 2;
    at_or_after_.bind(1, middle);
    if (!at_or_after_.step()) break;
    const std::int64_t seq = at_or_after_.number(0);
    const bool is_earlier = at_or_after_.number(1) < time;
    at_or_after_.reset();
    if (is_earlier) {
      low = seq + 1;
    } else {
      found = seq;
      high = middle;
    }
  }
  return found;
}

// The same among the events before `rising`. The earliest of them are forgotten first: if the event
// that gave a block its newest time is gone, all that remain were received later.
std::optional<std::int64_t> ReceivedTimes::first_before(std::int64_t rising, std::int64_t time) {
  if (blocks_before_ != rising) read_blocks(rising);
  const auto block = std::ranges::lower_bound(blocks_, time, {}, &Block::newest);
  if (block == blocks_.end()) return std::nullopt;
  first_in_.bind(1, block->first);
  first_in_.bind(2, rising);
  first_in_.bind(3, time);
  const std::int64_t seq = first_in_.run();
  return seq > 0 ? std::optional(seq) : std::nullopt;
}

void ReceivedTimes::read_blocks(std::int64_t rising) {
  std::unordered_map<std::int64_t, std::int64_t> newest;
  all_before_.bind(1, rising);
  while (all_before_.step())
    newest[all_before_.number(1) / block_size] = all_before_.number(0);  // in the order of time
  blocks_.clear();
  for (const auto& [block, time] : newest)
    blocks_.push_back({block * block_size, time});
  std::ranges::sort(blocks_, {}, &Block::first);
  for (std::size_t i = 1; i < blocks_.size(); ++i)
    blocks_[i].newest = std::max(blocks_[i].newest, blocks_[i - 1].newest);
  blocks_before_ = rising;
}

}  // namespace vtp
