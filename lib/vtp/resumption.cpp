#include "lib/vtp/resumption.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

// The value of the first Param of that name.
const std::string* value_of(const Transport& message, std::string_view name) {
  const auto found = std::ranges::find(message.params, name, &Param::name);
  return found == message.params.end() ? nullptr : &found->value;
}

std::optional<std::uint64_t> number_in(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

std::string hex_of(const std::optional<Digest>& digest) { return digest ? digest->hex() : ""; }

}  // namespace

std::optional<Resumption> resumption_in(const Transport& message,
                                        std::vector<std::string>& problems) {
  Resumption resumption;
  bool asked = false;
  if (const std::string* after = value_of(message, resume_after_param)) {
    resumption.after = Digest::parse(*after);
    if (resumption.after || after->empty())
      asked = true;
    else
      problems.push_back(fmt::format("{} {} is not the SHA-256 of an event; it is ignored",
                                     resume_after_param, *after));
  }
  if (const std::string* since = value_of(message, since_param)) {
    const auto time = parse_time(*since);
    if (time) {
      resumption.since = *time;
      asked = true;
    } else {
      problems.push_back(fmt::format("{} {}; it is ignored", since_param, time.problem()));
    }
  }
  if (const std::string* wait = value_of(message, resume_wait_param)) {
    const auto seconds = number_in(*wait);
    if (seconds && *seconds <= static_cast<std::uint64_t>(longest_resume_wait.count()))
      resumption.wait = std::chrono::seconds(*seconds);
    else
      problems.push_back(fmt::format("{} {} is not a number of seconds up to {}; it is ignored",
                                     resume_wait_param, *wait, longest_resume_wait.count()));
  }
  return asked ? std::optional(resumption) : std::nullopt;
}

std::vector<Param> params_of(const Resumption& resumption) {
  std::vector<Param> params = {{std::string(resume_after_param), hex_of(resumption.after)}};
  if (resumption.since)
    params.push_back(
        {std::string(since_param), utc_text(*resumption.since, Fraction::microseconds)});
  if (resumption.wait.count() > 0)
    params.push_back({std::string(resume_wait_param), std::to_string(resumption.wait.count())});
  return params;
}

Param param_of(const Resuming& resuming) {
  return {std::string(resuming_param), std::to_string(resuming.behind)};
}

Param param_of(const CaughtUp& caught_up) {
  return {std::string(caught_up_param), hex_of(caught_up.last)};
}

std::optional<Resuming> resuming_in(const Transport& message) {
  const std::string* value = value_of(message, resuming_param);
  if (!value) return std::nullopt;
  const auto behind = number_in(*value);
  return behind ? std::optional(Resuming{*behind}) : std::nullopt;
}

std::optional<CaughtUp> caught_up_in(const Transport& message) {
  const std::string* value = value_of(message, caught_up_param);
  if (!value) return std::nullopt;
  const CaughtUp caught_up{Digest::parse(*value)};
  if (!caught_up.last && !value->empty()) return std::nullopt;
  return caught_up;
}

}  // namespace vtp
