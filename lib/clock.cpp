#include "lib/clock.h"

#include <fmt/format.h>

namespace vtp {

Time Clock::now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string utc_text(Time time, Fraction fraction) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", int{date.year()}, unsigned{date.month()},
                  unsigned{date.day()}, clock.hours().count(), clock.minutes().count(),
                  clock.seconds().count());
  const auto micros = clock.subseconds().count();
  if (fraction == Fraction::milliseconds) text += fmt::format(".{:03}", micros / 1'000);
  if (fraction == Fraction::microseconds) text += fmt::format(".{:06}", micros);
  return text + 'Z';
}

}  // namespace vtp
