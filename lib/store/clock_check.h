// Can the clock be believed when it says how old things are? One that is far ahead at one start, as on a
// machine that has not heard the time yet, would have everything forgotten at once.
//
// The database knows when the clock was believed last: table clock(believed, doubted), one row, in
// microseconds since 1970, UTC, and 0 for none. A clock that is more than a day ahead of that is doubted
// until it has gone on for a day from where it was first seen there, by itself and in whatever program.
// So a machine that was off for a month keeps old events for a day longer, and a clock that is set right
// within a day has cost nothing. A clock that is set back is believed at once: it makes nothing older.
//
// Rejected: to count age from the newest event. One that came while the clock was ahead would make all
// others old when the clock is right again, and after the next start.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/base/clock.h"
#include "lib/store/database.h"

namespace vtp {

inline constexpr std::chrono::days most_clock_goes_ahead{1};
inline constexpr std::chrono::days clock_is_doubted_for{1};

// One thread, and any number of programs on one database, which must live longer. Throws StoreError.
class ClockCheck {
 public:
  explicit ClockCheck(Database& database);

  // Not within a transaction. Nothing if the clock, which says `now`, is believed; else when it was
  // believed last. To be asked each time before something is forgotten by its age; what it finds is kept
  // for the next time, in whatever program.
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
