// Finds the first event in the log that was received since a given time, without reading the whole
// table.
//
// Receipt times rise along the log, except where the clock was set back; where they rise, a binary
// search reads about twenty rows. So the database stores from which event on the times rise, and
// the newest time before that: table rising(seq, newest), one row. An event that is received up to
// a minute before its predecessor (because of threads, or corrections of the clock) gets the time
// of the predecessor. If the clock is set back by more, events keep the clock's time, and `rising`
// moves to the first of them.
//
// For a time that lies among the events before that point (from before the clock was set back, or
// from a database of an earlier version) more is needed: the newest time of each block of 64
// events. The blocks are read from the index on `received` on the first such query, which takes 0.1
// s for a million events, and then stay in memory, 16 bytes per block.
//
// Rejected: times that never fall, however far the clock is set back. One event received while the
// clock is years ahead would pass its time on to all later ones, and nothing would be forgotten
// again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/database.h"

namespace vtp {

// For the table `event` of a database, which must live longer. One thread. Throws StoreError.
class ReceivedTimes {
 public:
  explicit ReceivedTimes(Database& database);

  // The receipt time for an event received now. Call it within a writing transaction that adds the
  // event next; otherwise undo the transaction.
  [[nodiscard]] Time next(Time now);

  // The first event, in the order of the log, that was received at `time` or later; nothing if
  // there is none. Forgotten events are not found. Call it within a transaction, for a consistent
  // view.
  [[nodiscard]] std::optional<std::int64_t> first_since(Time time);

 private:
  // A run of consecutive events, and the newest receipt time in and before it.
  struct Block {
    std::int64_t first = 0;
    std::int64_t newest = 0;
  };
  [[nodiscard]] std::optional<std::int64_t> first_before(std::int64_t rising, std::int64_t time);
  void read_blocks(std::int64_t rising);

  Database& database_;
  std::uint64_t transaction_ = 0;  // to which last_ belongs
  std::int64_t last_ = 0;          // when the last event was received
  std::vector<Block> blocks_;      // of the events before blocks_before_
  std::int64_t blocks_before_ = 0;
  Database::Statement read_last_;
  Database::Statement falls_;
  Database::Statement rising_;
  Database::Statement first_seq_;
  Database::Statement last_seq_;
  Database::Statement at_or_after_;
  Database::Statement first_in_;
  Database::Statement all_before_;
};

}  // namespace vtp
