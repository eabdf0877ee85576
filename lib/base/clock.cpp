#include "lib/base/clock.h"

#include <cstdint>

namespace vtp {
namespace {

// Written by hand for speed: every line of the diagnostics has a time.
void append_digits(std::string& text, std::int64_t number, int count) {
  char digits[8];
  for (int i = count; i > 0; number /= 10)
    digits[--i] = static_cast<char>('0' + number % 10);
  text.append(digits, static_cast<std::size_t>(count));
}

}  // namespace

Time Clock::now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string utc_text(Time time, Fraction fraction) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::string text;
  text.reserve(sizeof "2026-11-22T12:42:50.123456Z");
  append_digits(text, int{date.year()}, 4);
  append_digits(text += '-', static_cast<int>(unsigned{date.month()}), 2);
  append_digits(text += '-', static_cast<int>(unsigned{date.day()}), 2);
  append_digits(text += 'T', clock.hours().count(), 2);
  append_digits(text += ':', clock.minutes().count(), 2);
  append_digits(text += ':', clock.seconds().count(), 2);
  const auto micros = clock.subseconds().count();
  if (fraction == Fraction::milliseconds) append_digits(text += '.', micros / 1'000, 3);
  if (fraction == Fraction::microseconds) append_digits(text += '.', micros, 6);
  return text += 'Z';
}

}  // namespace vtp
