#include "lib/peers/rate.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::string_view a_second = "/s";
// Rounding must not cost an event that is just due.
constexpr double enough = 1 - 1e-6;

std::optional<double> number_between(double least, std::string_view text) {
  const auto number = finite_number(text);
  return number && *number >= least && *number <= max_rate ? number : std::nullopt;
}

}  // namespace

Result<Rate> Rate::parse(std::string_view text) {
  const auto comma = text.find(',');
  std::string_view events = text.substr(0, comma);
  if (!events.ends_with(a_second))
    return Problem{fmt::format("{} is not a rate; write events per second, as in 10/s", text)};
  events.remove_suffix(a_second.size());
  constexpr double lowest = 1e-6;
  const auto each_second = number_between(lowest, events);
  if (!each_second)
    return Problem{fmt::format("{}: the events per second are not a number above 0, at most {:.0f}",
                               text, max_rate)};
  if (comma == std::string_view::npos) return Rate{*each_second, std::max(1.0, *each_second)};
  const auto burst = number_between(1, text.substr(comma + 1));
  if (!burst)
    return Problem{fmt::format("{}: the burst is not a number from 1 to {:.0f}", text, max_rate)};
  return Rate{*each_second, *burst};
}

std::string text_of(const Rate& rate) {
  return fmt::format("{}/s,{}", rate.each_second, rate.burst);
}

bool RateBucket::take(const Rate& rate, TimePoint now) {
  if (!begun_) {
    begun_ = true;
    left_ = rate.burst;
  } else if (now > filled_) {
    left_ += rate.each_second * std::chrono::duration<double>(now - filled_).count();
  }
  left_ = std::min(left_, rate.burst);
  filled_ = std::max(filled_, now);
  if (left_ < enough) return false;
  left_ = std::max(0.0, left_ - 1);
  return true;
}

}  // namespace vtp
