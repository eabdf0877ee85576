#include "lib/base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "lib/base/characters.h"

namespace vtp {
namespace {

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
}

// The number that the whole text is; nothing if it is not one.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// Takes exactly `count` digits off the front of the text, as a number.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  const std::string_view digits = text.substr(0, count);
  if (digits.size() < count || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  text.remove_prefix(count);
  return number_in<int>(digits);
}

bool take_mark(std::string_view& text, char mark) {
  if (!text.starts_with(mark)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take_mark(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take_mark(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

// Takes the digits after the decimal point of a second; anything finer than a microsecond is
// dropped.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
  if (length == 0) return std::nullopt;
  std::string digits(text.substr(0, std::min<std::size_t>(length, 6)));
  digits.resize(6, '0');
  text.remove_prefix(length);
  return std::chrono::microseconds{number_in<int>(digits).value_or(0)};
}

std::optional<std::chrono::microseconds> take_time_of_day(std::string_view& text) {
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23 || !take_mark(text, ':')) return std::nullopt;
  const auto minutes = take_digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::microseconds whole =
      std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  if (!take_mark(text, ':')) return whole;
  const auto seconds = take_digits(text, 2);
  if (!seconds || *seconds > 60) return std::nullopt;  // 60: a leap second
  std::optional<std::chrono::microseconds> fraction{0};
  if (take_mark(text, '.')) fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return whole + std::chrono::seconds{*seconds} + *fraction;
}

struct Unit {
  std::string_view name;
  double seconds;
};

constexpr Unit units_of_time[] = {{"ms", 0.001}, {"s", 1},      {"m", 60},
                                  {"h", 3600},   {"d", 86'400}, {"w", 604'800}};

// Takes the unit off the end of the text; null if there is none.
const Unit* take_unit(std::string_view& text) {
  const auto* const unit = std::ranges::find_if(
      units_of_time, [&](const Unit& each) { return text.ends_with(each.name); });
  if (unit == std::end(units_of_time)) return nullptr;
  text.remove_suffix(unit->name.size());
  return unit;
}

// Seconds, from a number with or without a unit.
std::optional<double> seconds_in(std::string_view text) {
  const Unit* unit = take_unit(text);
  const auto number = number_in<double>(text);
  return number && unit ? std::optional(*number * unit->seconds) : number;
}

std::optional<std::uint64_t> bytes_up_to(std::uint64_t most, std::string_view text) {
  constexpr std::string_view units = "kMGT";
  unsigned shift = 0;
  if (!text.empty()) {
    const std::size_t unit = units.find(text.back() == 'K' ? 'k' : text.back());
    if (unit != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  const auto number = number_in<std::uint64_t>(text);
  if (!number || *number == 0 || *number > most >> shift) return std::nullopt;
  return *number << shift;
}

}  // namespace

std::string printable(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t length = character.length == 0 ? 1 : character.length;
    if (character.length == 0 || is_harmful(character.code))
      append_escaped(out, text.substr(0, length));
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::optional<double> finite_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto number = number_in<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::size_t end = text.size();
  if (end > limit) {
    end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
      --end;
  }
  std::string out;
  for (const char c : text.substr(0, end))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  if (end < text.size()) out += "…";
  return out;
}

Result<std::chrono::milliseconds> parse_seconds(std::string_view text) {
  const auto seconds = seconds_in(text);
  if (!seconds || !(*seconds >= 0.001) || !(*seconds <= 1e9))
    return Problem{fmt::format(
        "{} is not a number of seconds above 0 (ms, s, m, h, d and w may follow)", text)};
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(*seconds));
}

Result<std::chrono::milliseconds> parse_interval(std::string_view text) {
  if (seconds_in(text) == 0.0) return std::chrono::milliseconds{0};
  return parse_seconds(text);
}

Result<std::chrono::days> parse_days(std::string_view text) {
  const auto is_in_bounds = [](double days) { return days >= 1 && days <= 36'500; };
  std::string_view number = text;
  std::optional<double> days;
  if (const Unit* unit = take_unit(number)) {
    const auto count = number_in<double>(number);
    if (count) days = *count * unit->seconds / units_of_time[4].seconds;
    if (days && is_in_bounds(*days) && *days != std::floor(*days))
      return Problem{fmt::format("{} is not a whole number of days", text)};
  } else if (const auto count = number_in<int>(number)) {
    days = *count;
  }
  if (!days || !is_in_bounds(*days))
    return Problem{
        fmt::format("{} is not a number of days from 1 to 36500 (h, d and w may follow)", text)};
  return std::chrono::days{static_cast<int>(*days)};
}

Result<std::size_t> parse_count(std::string_view text) {
  const auto count = number_in<std::size_t>(text);
  if (!count || *count < 1 || *count > 1'000'000'000)
    return Problem{fmt::format("{} is not a number from 1 to 1000000000", text)};
  return *count;
}

Result<std::size_t> parse_bytes(std::string_view text) {
  constexpr std::uint64_t most = 0xFFFF'FFFF;
  const auto bytes = bytes_up_to(most, text);
  if (!bytes)
    return Problem{fmt::format("{} is not a number of bytes from 1 to {} (k, M and G may follow)",
                               text, most)};
  return static_cast<std::size_t>(*bytes);
}

Result<std::uint64_t> parse_storage(std::string_view text) {
  const auto bytes = bytes_up_to(std::numeric_limits<std::int64_t>::max(), text);
  if (!bytes)
    return Problem{fmt::format("{} is not a number of bytes (k, M, G and T may follow)", text)};
  return *bytes;
}

Result<Time> parse_time(std::string_view text) {
  std::string_view left = text;
  const auto date = take_date(left);
  std::optional<std::chrono::microseconds> time_of_day{0};
  if (date && take_mark(left, 'T')) {
    time_of_day = take_time_of_day(left);
    take_mark(left, 'Z');
  }
  if (!date || !time_of_day || !left.empty())
    return Problem{
        fmt::format("{} is not a time in UTC, such as 2026-11-20 or 2026-11-20T12:00:00Z", text)};
  return Time{*date} + *time_of_day;
}

Result<Time> parse_since(std::string_view text, Time now) {
  constexpr double most = 1e9;
  std::string_view number = text;
  if (const Unit* unit = take_unit(number)) {
    const auto count = number_in<double>(number);
    if (count && *count > 0 && *count * unit->seconds <= most)
      return now - std::chrono::round<Time::duration>(
                       std::chrono::duration<double>(*count * unit->seconds));
  } else if (const auto time = parse_time(text)) {
    return *time;
  }
  return Problem{
      fmt::format("{} is neither a length of time (90s, 5m, 2h, 30d, 4w) nor a time in UTC "
                  "(2026-11-20, 2026-11-20T12:00:00Z)",
                  text)};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = number_in<std::uint16_t>(text);
  if (!port) return Problem{fmt::format("{} is not a port from 0 to 65535", text)};
  return *port;
}

}  // namespace vtp
