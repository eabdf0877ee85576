#include "lib/http/event_query.h"

#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

// Nothing if it is well; then the value is set.
using Trouble = std::optional<std::string>;
using Setter = std::function<Trouble(EventQuery&, const std::string&, Time)>;

template <class Value, class Parse>
Trouble set(std::optional<Value>& target, Parse parse) {
  auto parsed = parse();
  if (!parsed) return parsed.problem();
  target = *std::move(parsed);
  return std::nullopt;
}

Setter time_to(std::optional<Time> Query::*field) {
  return [field](EventQuery& out, const std::string& text, Time now) {
    return set(out.query.*field, [&] { return parse_since(text, now); });
  };
}

Setter text_to(std::optional<std::string> Query::*field) {
  return [field](EventQuery& out, const std::string& text, Time) -> Trouble {
    out.query.*field = text;
    return std::nullopt;
  };
}

Trouble set_role(EventQuery& out, const std::string& text, Time) {
  if (!is_role(text))
    return fmt::format("{} is not observation, prediction, utility or test", text);
  out.query.role = text;
  return std::nullopt;
}

Trouble set_cone(EventQuery& out, const std::string& text, Time) {
  return set(out.query.cone, [&] { return parse_cone(text); });
}

Trouble set_limit(EventQuery& out, const std::string& text, Time) {
  const auto limit = parse_count(text);
  if (!limit || *limit > EventQuery::most)
    return fmt::format("{} is not a number from 1 to {}", text, EventQuery::most);
  out.limit = *limit;
  return std::nullopt;
}

Trouble set_cursor(EventQuery& out, const std::string& text, Time) {
  Sequence before = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, before, 16);
  if (error != std::errc() || rest != end || cursor_after(before) != text)
    return fmt::format("{} is not the next of an answer", text);
  out.query.before = before;
  return std::nullopt;
}

const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> all{
      {"since", time_to(&Query::since)},
      {"until", time_to(&Query::until)},
      {"observed_since", time_to(&Query::observed_since)},
      {"observed_until", time_to(&Query::observed_until)},
      {"stream", text_to(&Query::stream)},
      {"role", set_role},
      {"author", text_to(&Query::author)},
      {"ivorn", text_to(&Query::ivorn)},
      {"concept", text_to(&Query::concept_)},
      {"cone", set_cone},
      {"cites", text_to(&Query::cites)},
      {"cited_by", text_to(&Query::cited_by)},
      {"limit", set_limit},
      {"cursor", set_cursor}};
  return all;
}

}  // namespace

Result<EventQuery> event_query_in(const std::map<std::string, std::string>& parameters, Time now) {
  EventQuery out;
  out.query.order = FoundOrder::newest;
  for (const auto& [name, value] : parameters) {
    const auto setter = setters().find(name);
    if (setter == setters().end())
      return Problem{fmt::format("there is no parameter {}", printable(shortened(name)))};
    if (value.empty()) return Problem{fmt::format("{}: it is empty", name)};
    if (const Trouble trouble = setter->second(out, value, now))
      return Problem{fmt::format("{}: {}", name, printable(shortened(*trouble, 200)))};
  }
  for (const auto& [begin, begin_name, end, end_name] :
       {std::tuple(out.query.since, "since", out.query.until, "until"),
        std::tuple(out.query.observed_since, "observed_since", out.query.observed_until,
                   "observed_until")})
    if (begin && end && *begin > *end)
      return Problem{fmt::format("{}: it is later than {}", begin_name, end_name)};
  return out;
}

std::string cursor_after(Sequence seq) { return fmt::format("{:x}", seq); }

}  // namespace vtp
