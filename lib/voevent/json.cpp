#include "lib/voevent/json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/details.h"
#include "lib/voevent/ivoid.h"

namespace vtp {
namespace {

using Json = nlohmann::ordered_json;

// A double represents all whole numbers below this exactly.
constexpr double exact_doubles = 9007199254740992.0;  // 2^53

// "7" and "+7" give 7; "7.0", which some authors declare as an int, gives 7.0.
Json whole_number(std::string_view text) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  std::int64_t whole = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, whole);
  const auto number = finite_number(text);
  if (!number) return text;
  if (error == std::errc{} && end == last) return whole;
  return std::abs(*number) < exact_doubles ? Json(*number) : Json(text);
}

Json value_of(const Parameter& parameter) {
  if (!parameter.value) return nullptr;
  const std::string& text = *parameter.value;
  if (parameter.data_type == "int") return whole_number(text);
  if (parameter.data_type == "float")
    if (const auto number = finite_number(text)) return *number;
  return text;
}

Json values_of(const std::vector<const Parameter*>& parameters) {
  if (parameters.size() == 1) return value_of(*parameters.front());
  Json values = Json::array();
  for (const Parameter* parameter : parameters)
    values.push_back(value_of(*parameter));
  return values;
}

// An ordered_json searches all of its keys for each insertion, and an author may send a hundred
// thousand of them. So equal names are grouped first, and the object is made in one step.
Json params_of(const std::vector<Parameter>& parameters) {
  std::map<std::string_view, std::size_t> indexes;
  std::vector<std::vector<const Parameter*>> by_name;
  for (const Parameter& parameter : parameters) {
    const auto [index, first] = indexes.try_emplace(parameter.name, by_name.size());
    if (first) by_name.emplace_back();
    by_name[index->second].push_back(&parameter);
  }
  std::vector<std::pair<std::string, Json>> members;
  members.reserve(by_name.size());
  for (const auto& same : by_name)
    members.emplace_back(same.front()->name, values_of(same));
  return Json::object_t(std::make_move_iterator(members.begin()),
                        std::make_move_iterator(members.end()));
}

Json citations_of(const std::vector<Citation>& citations) {
  Json all = Json::array();
  for (const Citation& citation : citations) {
    Json one = {{"ivorn", citation.ivorn}};
    if (!citation.cite.empty()) one["cite"] = citation.cite;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::string json_line(const Event& event, const Received& received) {
  const Headline& headline = event.headline;
  DetailsReader reader;
  const Details& details = reader.read(event.bytes);

  Json line = Json::object();
  const auto put = [&](const char* key, const std::string& text) {
    if (!text.empty()) line[key] = text;
  };
  const auto put_number = [&](const char* key, const std::optional<double>& number) {
    if (number) line[key] = *number;
  };
  put("ivorn", headline.ivorn);
  put("role", headline.role);
  put("version", headline.version);
  put("stream", stream_of(headline.ivorn));
  put("author", headline.author);
  put("date", headline.date);
  put("event_time", headline.event_time);
  put_number("ra", headline.ra);
  put_number("dec", headline.dec);
  put_number("error_radius", headline.error_radius);
  put("position_unit", headline.position_unit);
  put("frame", headline.frame);
  if (!details.concepts.empty()) line["concepts"] = details.concepts;
  if (!details.citations.empty()) line["citations"] = citations_of(details.citations);
  if (!details.parameters.empty()) line["params"] = params_of(details.parameters);
  put("received", utc_text(received.time, Fraction::milliseconds));
  put("from", received.from);
  put("digest", event.digest.hex());
  return escaped_in_json(
      line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace vtp
