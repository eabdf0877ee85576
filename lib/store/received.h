// From which position on the log has what was received since some time? Whoever asks, whatever for, does
// not make anybody read the whole table.
//
// Along the log the time of receipt only rises, but where the clock was set back: then a search by
// halves finds that position with some twenty rows read. So the database says from which event on it has
// risen, and which was the newest time before: table rising(seq, newest), one row. What was received up
// to a minute before the event ahead of it (threads, and the corrections of a clock, do that) counts as
// received with that. When the clock is set back by more, events keep the clock's time, and `rising`
// begins anew with the first of them.
//
// Only a question for a time at which there are events before that position, from before the clock was
// set back or from a database of an earlier version, needs more: the newest time of each 64 events
// there, which are read from the index on `received` when it first comes, 0.1 s for a million events,
// and then kept in memory, 16 bytes for each 64 events.
//
// Rejected: times that never fall, however far a clock is set back. One event that is received while a
// clock is years ahead would give its time to all that follow, and nothing would be forgotten again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/database.h"

namespace vtp {

// Of the table `event` of a database, which must live longer. One thread. Throws StoreError.
class ReceivedTimes {
 public:
  explicit ReceivedTimes(Database& database);

  // The time with which an event that is received now is to be added. For whoever has a transaction
  // under way that writes, and adds the event next; the transaction is undone if it does not.
  [[nodiscard]] Time next(Time now);

  // The first event in the log's order that was received then or later; nothing if there is none. Of
  // those that are forgotten none is found. Within a transaction, so that what it reads goes together.
  [[nodiscard]] std::optional<std::int64_t> first_since(Time time);

 private:
  // Some events that follow one another, and when the newest of these and all before was received.
  struct Block {
    std::int64_t first = 0;
    std::int64_t newest = 0;
  };
  [[nodiscard]] std::optional<std::int64_t> first_before(std::int64_t rising, std::int64_t time);
  void read_blocks(std::int64_t rising);

  Database& database_;
  std::uint64_t transaction_ = 0;  // of which last_ is
  std::int64_t last_ = 0;          // when the last event was received
  std::vector<Block> blocks_;      // of the events before that one:
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
