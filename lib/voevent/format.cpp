#include "lib/voevent/format.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/details.h"
#include "lib/voevent/ivoid.h"

namespace vtp {

enum class Format::Kind : std::uint8_t {
  literal,
  ivorn,
  role,
  version,
  stream,
  author,
  date,
  event_time,
  ra,
  dec,
  error_radius,
  position_unit,
  frame,
  concepts,
  citations,
  received,
  from,
  digest,
  size,
  param
};

struct Format::Field {
  char letter;
  std::string_view name;
  Kind kind;
};

namespace {

constexpr std::string_view between = ", ";
constexpr std::string_view param_prefix = "param:";

void join(std::string& all, std::string_view more) {
  if (!all.empty()) all += between;
  all += more;
}

std::string number_text(const std::optional<double>& number) {
  return number ? fmt::format("{}", *number) : std::string();
}

std::string values_of(const Details& details, std::string_view name) {
  std::string all;
  for (const Parameter& parameter : details.parameters)
    if (parameter.name == name) join(all, parameter.value.value_or(""));
  return all;
}

std::string concepts_of(const Details& details) {
  std::string all;
  for (const std::string& one : details.concepts)
    join(all, one);
  return all;
}

std::string citations_of(const Details& details) {
  std::string all;
  for (const Citation& citation : details.citations)
    join(all, citation.ivorn);
  return all;
}

}  // namespace

const Format::Field* Format::find_field(char letter, std::string_view name) {
  static constexpr Field all[] = {
      {'i', "ivorn", Kind::ivorn},
      {'r', "role", Kind::role},
      {'v', "version", Kind::version},
      {'s', "stream", Kind::stream},
      {'A', "author", Kind::author},
      {'D', "date", Kind::date},
      {'t', "event_time", Kind::event_time},
      {'a', "ra", Kind::ra},
      {'d', "dec", Kind::dec},
      {'e', "error_radius", Kind::error_radius},
      {'u', "position_unit", Kind::position_unit},
      {'f', "frame", Kind::frame},
      {'c', "concepts", Kind::concepts},
      {'C', "citations", Kind::citations},
      {'R', "received", Kind::received},
      {'F', "from", Kind::from},
      {'h', "digest", Kind::digest},
      {'S', "size", Kind::size},
  };
  const auto* const found = std::ranges::find_if(all, [&](const Field& field) {
    return name.empty() ? field.letter == letter : field.name == name;
  });
  return found == std::end(all) ? nullptr : found;
}

Result<Format> Format::parse(std::string_view text) {
  Format format;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("%\\"), text.size());
    if (plain > 0) format.add(Kind::literal, text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const bool escape = text[0] == '\\';
    text.remove_prefix(1);
    std::string problem = escape ? format.parse_escape(text) : format.parse_field(text);
    if (!problem.empty()) return Problem{std::move(problem)};
  }
  return format;
}

void Format::add(Kind kind, std::string_view text) {
  if (kind == Kind::literal && !parts_.empty() && parts_.back().kind == kind)
    parts_.back().text += text;
  else
    parts_.push_back({kind, std::string(text)});
  if (kind == Kind::param || kind == Kind::concepts || kind == Kind::citations) has_details_ = true;
}

// `rest` begins after the backslash. Returns the problem; empty if there is none.
std::string Format::parse_escape(std::string_view& rest) {
  if (rest.empty()) return "it ends with a single backslash; write \\\\ for a backslash";
  constexpr std::string_view letters = "ntr0\\";
  constexpr std::string_view meanings("\n\t\r\0\\", 5);
  const std::size_t which = letters.find(rest[0]);
  if (which == std::string_view::npos)
    return fmt::format("unknown escape \\{}; the escapes are: \\n \\t \\r \\0 \\\\",
                       shortened(rest.substr(0, first_character(rest).length)));
  add(Kind::literal, meanings.substr(which, 1));
  rest.remove_prefix(1);
  return {};
}

// `rest` begins after the percent sign. Returns the problem; empty if there is none.
std::string Format::parse_field(std::string_view& rest) {
  if (rest.empty()) return "it ends with a single %; write %% for a %";
  if (rest[0] == '%') {
    add(Kind::literal, "%");
    rest.remove_prefix(1);
    return {};
  }
  std::string_view name;
  std::size_t length = std::max<std::size_t>(first_character(rest).length, 1);
  if (rest[0] == '{') {
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos) return "the } after %{ is missing";
    name = rest.substr(1, end - 1);
    length = end + 1;
  }
  const std::string_view written = rest.substr(0, length);
  rest.remove_prefix(length);
  if (name.starts_with(param_prefix)) {
    if (name.size() == param_prefix.size()) return "%{param:} needs the name of a Param";
    add(Kind::param, name.substr(param_prefix.size()));
    return {};
  }
  const Field* const field = written == "{}" ? nullptr : find_field(written[0], name);
  if (field == nullptr)
    return fmt::format(
        "unknown field %{}; the fields are: %i %r %v %s %A %D %t %a %d %e %u %f %c %C %R "
        "%F %h "
        "%S %{{param:NAME}}, and %% for a %",
        shortened(written));
  add(field->kind, {});
  return {};
}

std::string Format::text_for(const Event& event, const Received& received) const {
  const Headline& headline = event.headline;
  DetailsReader reader;
  static const Details none;
  const Details& details = has_details_ ? reader.read(event.bytes) : none;
  const auto value_of = [&](const Part& part) -> std::string {
    switch (part.kind) {
      case Kind::literal:
        break;
      case Kind::ivorn:
        return headline.ivorn;
      case Kind::role:
        return headline.role;
      case Kind::version:
        return headline.version;
      case Kind::stream:
        return stream_of(headline.ivorn);
      case Kind::author:
        return headline.author;
      case Kind::date:
        return headline.date;
      case Kind::event_time:
        return headline.event_time;
      case Kind::ra:
        return number_text(headline.ra);
      case Kind::dec:
        return number_text(headline.dec);
      case Kind::error_radius:
        return number_text(headline.error_radius);
      case Kind::position_unit:
        return headline.position_unit;
      case Kind::frame:
        return headline.frame;
      case Kind::concepts:
        return concepts_of(details);
      case Kind::citations:
        return citations_of(details);
      case Kind::received:
        return utc_text(received.time, Fraction::milliseconds);
      case Kind::from:
        return received.origin.from;
      case Kind::digest:
        return event.digest.hex();
      case Kind::size:
        return std::to_string(event.bytes.size());
      case Kind::param:
        return values_of(details, part.text);
    }
    return {};
  };
  std::string text;
  for (const Part& part : parts_)
    text += part.kind == Kind::literal ? part.text : harmless(value_of(part));
  return text;
}

}  // namespace vtp
