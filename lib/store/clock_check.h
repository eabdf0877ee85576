// Whether the clock can be trusted for deciding how old events are. A clock that is far ahead when
// the program starts, as on a machine that has not synchronised its time yet, would make all events
// old enough to be forgotten.
//
// The database stores when the clock was last trusted: table clock(believed, doubted), one row, in
// microseconds since 1970, UTC; 0 means never. A clock that is more than one day ahead of
// `believed` is doubted until it has advanced by one day from the time at which it was first
// doubted, in this or any other program. So a machine that was off for a month keeps old events for
// one day longer, and a clock that is corrected within a day causes no loss. A clock that was set
// back is trusted at once: it makes no event older.
//
// Rejected: to measure age from the newest event. An event received while the clock was ahead would
// make all others old, even after the clock is corrected and the program restarted.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/base/clock.h"
#include "lib/store/database.h"

namespace vtp {

inline constexpr std::chrono::days most_clock_goes_ahead{1};
inline constexpr std::chrono::days clock_is_doubted_for{1};

// One thread; any number of programs may use one database. The database must live longer. Throws
// StoreError.
class ClockCheck {
 public:
  explicit ClockCheck(Database& database);

  // Returns nothing if the clock, which says `now`, is trusted; otherwise the time at which it was
  // last trusted. Call it outside of a transaction, each time before events are forgotten by age.
  // The result is stored, and later calls in any program use it.
  [[nodiscard]] std::optional<Time> doubt(Time now);

 private:
  struct Known {
    std::int64_t believed = 0;
    std::int64_t doubted = 0;
  };
  Known read();
  static Known judge(Known known, std::int64_t now);

  Database& database_;
  Database::Statement read_;
  Database::Statement write_;
};

}  // namespace vtp
