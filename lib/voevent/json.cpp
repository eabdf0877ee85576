#include "lib/voevent/json.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/evp.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/details.h"
#include "lib/voevent/headline.h"
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

using SameName = std::vector<const Parameter*>;

// In the order of the first of each name.
std::vector<SameName> by_name(const std::vector<Parameter>& parameters) {
  std::map<std::string_view, std::size_t> indexes;
  std::vector<SameName> all;
  for (const Parameter& parameter : parameters) {
    const auto [index, first] = indexes.try_emplace(parameter.name, all.size());
    if (first) all.emplace_back();
    all[index->second].push_back(&parameter);
  }
  return all;
}

// An ordered_json searches all of its keys for each insertion, and an author may send a hundred
// thousand of them. So equal names are grouped first, and the object is made in one step.
// json_of: gives null for what is left out.
template <class JsonOf>
Json object_of(const std::vector<SameName>& names, const JsonOf& json_of) {
  std::vector<std::pair<std::string, Json>> members;
  members.reserve(names.size());
  for (const SameName& same : names)
    if (std::optional<Json> json = json_of(same))
      members.emplace_back(same.front()->name, *std::move(json));
  return Json::object_t(std::make_move_iterator(members.begin()),
                        std::make_move_iterator(members.end()));
}

void put(Json& object, const char* key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

void put(Json& object, const char* key, const std::optional<double>& number) {
  if (number) object[key] = *number;
}

Json info_of(const Parameter& parameter) {
  Json info = Json::object();
  put(info, "unit", parameter.unit);
  put(info, "ucd", parameter.ucd);
  return info;
}

std::optional<Json> infos_of(const SameName& same) {
  if (std::ranges::all_of(same, [](const Parameter* each) { return info_of(*each).empty(); }))
    return std::nullopt;
  if (same.size() == 1) return info_of(*same.front());
  Json infos = Json::array();
  for (const Parameter* each : same)
    infos.push_back(info_of(*each));
  return infos;
}

Json inferences_of(const std::vector<Inference>& inferences) {
  Json all = Json::array();
  for (const Inference& inference : inferences) {
    Json one = Json::object();
    if (inference.names.size() == 1) one["name"] = inference.names.front();
    if (inference.names.size() > 1) one["name"] = inference.names;
    put(one, "probability", inference.probability);
    put(one, "relation", inference.relation);
    if (!inference.concepts.empty()) one["concepts"] = inference.concepts;
    all.push_back(std::move(one));
  }
  return all;
}

Json references_of(const std::vector<Reference>& references) {
  Json all = Json::array();
  for (const Reference& reference : references) {
    Json one = {{"uri", reference.uri}};
    put(one, "name", reference.name);
    put(one, "type", reference.type);
    put(one, "mimetype", reference.mimetype);
    put(one, "meaning", reference.meaning);
    put(one, "section", reference.section);
    put(one, "param", reference.parameter);
    all.push_back(std::move(one));
  }
  return all;
}

Json time_of(const ObservationTime& time) {
  Json object = Json::object();
  put(object, "start", time.start);
  put(object, "stop", time.stop);
  put(object, "scale", time.scale);
  put(object, "offset", time.offset);
  put(object, "error", time.error);
  put(object, "unit", time.unit);
  return object;
}

Json json_of(const std::string& text) { return text.empty() ? Json() : Json(text); }
Json json_of(const std::optional<double>& number) { return number ? Json(*number) : Json(); }

// Nothing if all of them are missing.
template <class Values>
void put_each(Json& object, const char* key, const Values& values, std::size_t count) {
  Json all = Json::array();
  bool has_any = false;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back(json_of(values[i]));
    has_any = has_any || !all.back().is_null();
  }
  if (has_any) object[key] = std::move(all);
}

Json position_of(const Position& position) {
  Json object = {{"dimensions", position.dimensions}};
  put_each(object, "names", position.names, position.dimensions);
  put_each(object, "values", position.values, position.dimensions);
  put_each(object, "errors", position.errors, position.dimensions);
  put_each(object, "units", position.units, position.dimensions);
  put(object, "unit", position.unit);
  return object;
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

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = first_character(bytes).length;
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

// RFC 4648, section 4, with padding.
std::string base64_of(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

void put_bytes(Json& object, const std::string& name, const std::optional<std::string>& bytes) {
  if (!bytes)
    object[name] = nullptr;
  else if (is_utf8(*bytes))
    object[name] = *bytes;
  else
    object[name + "_base64"] = base64_of(*bytes);
}

// Senders choose timestamps: some are beyond what can be written as a time.
std::optional<std::string> time_text(std::int64_t milliseconds) {
  using std::chrono::sys_days;
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(milliseconds)};
  if (time < sys_days(std::chrono::year(0) / 1 / 1)) return std::nullopt;
  if (time >= sys_days(std::chrono::year(10000) / 1 / 1)) return std::nullopt;
  return utc_text(time, Fraction::milliseconds);
}

Json message_of(const MessageDetails& message) {
  Json object = Json::object();
  put_bytes(object, "key", message.key);
  Json& headers = object["headers"] = Json::array();
  for (const auto& [name, value] : message.headers) {
    Json header = {{"name", name}};
    put_bytes(header, "value", value);
    headers.push_back(std::move(header));
  }
  if (message.timestamp)
    if (const auto time = time_text(*message.timestamp)) object["timestamp"] = *time;
  return object;
}

struct Place {
  std::optional<double> ra;
  std::optional<double> dec;
  std::string_view unit;
};

void put_headline(Json& line, const Headline& headline, const Place& place) {
  put(line, "ivorn", headline.ivorn);
  put(line, "role", headline.role);
  put(line, "version", headline.version);
  put(line, "stream", stream_of(headline.ivorn));
  put(line, "author", headline.author);
  put(line, "date", headline.date);
  put(line, "event_time", headline.event_time);
  put(line, "ra", place.ra);
  put(line, "dec", place.dec);
  put(line, "error_radius", headline.error_radius);
  put(line, "position_unit", place.unit);
  put(line, "frame", headline.frame);
}

void put_signature(Json& line, const Origin& origin) {
  if (!origin.signature) return;
  put(line, "signature", std::string(name_of(origin.signature->state)));
  put(line, "signed_by", origin.signature->signed_by);
}

std::string text_of(const Json& line) {
  return escaped_in_json(
      line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace

std::string json_line(const Event& event, const Received& received) {
  const Headline& headline = event.headline;
  DetailsReader reader;
  const Details& details = reader.read(event.bytes);

  const Observation& observation = details.observation;
  const bool is_flat = observation.flat.has_value() || !observation.deep.has_value();
  const Position& position = is_flat ? observation.flat : observation.deep;

  Json line = Json::object();
  const auto put_object = [&](const char* key, Json object) {
    if (!object.empty()) line[key] = std::move(object);
  };
  put_headline(line, headline,
               is_flat ? Place{headline.ra, headline.dec, headline.position_unit}
                       : Place{observation.on_sky.ra, observation.on_sky.dec, position.unit});
  put_object("time", time_of(observation.time));
  if (position.has_value()) line["position"] = position_of(position);
  if (!details.concepts.empty()) line["concepts"] = details.concepts;
  put(line, "importance", details.importance);
  put(line, "expires", details.expires);
  put_object("inferences", inferences_of(details.inferences));
  put_object("citations", citations_of(details.citations));
  put_object("references", references_of(details.references));
  put(line, "description", details.description);
  const std::vector<SameName> parameters = by_name(details.parameters);
  put_object("params", object_of(parameters, [](const SameName& same) -> std::optional<Json> {
               return values_of(same);
             }));
  put_object("param_info", object_of(parameters, infos_of));
  put(line, "received", utc_text(received.time, Fraction::milliseconds));
  put(line, "from", received.origin.from);
  if (received.origin.message) line["kafka"] = message_of(*received.origin.message);
  put(line, "digest", event.digest.hex());
  put_signature(line, received.origin);
  return text_of(line);
}

std::string short_json_line(const Event& event, const Received& received) {
  const Headline& headline = event.headline;
  Json line = Json::object();
  put_headline(line, headline, {headline.ra, headline.dec, headline.position_unit});
  put(line, "received", utc_text(received.time, Fraction::milliseconds));
  put(line, "from", shortened(received.origin.from, longest_headline_text));
  put(line, "digest", event.digest.hex());
  line["shortened"] = true;
  put_signature(line, received.origin);
  return text_of(line);
}

}  // namespace vtp
