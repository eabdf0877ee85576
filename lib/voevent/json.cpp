#include "lib/voevent/json.h"

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
  put("from", received.origin.from);
  if (received.origin.message) line["kafka"] = message_of(*received.origin.message);
  put("digest", event.digest.hex());
  return escaped_in_json(
      line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace vtp
