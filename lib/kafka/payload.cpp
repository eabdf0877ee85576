#include "lib/kafka/payload.h"

#include <algorithm>
#include <utility>

#include "lib/base/result.h"
#include "lib/kafka/hop_json.h"
#include "lib/stream/file_kind.h"

namespace vtp {
namespace {

using Kind = Payload::Kind;

// The header in which hop-client says what the value is.
constexpr std::string_view format_header = "_format";

// An Avro object container file (Avro 1.11, "Object Container Files").
constexpr std::string_view avro_file = "Obj\x01";

std::optional<std::string_view> format_of(const std::vector<KafkaHeader>& headers) {
  const auto format = std::ranges::find(headers, format_header, &KafkaHeader::name);
  if (format == headers.end()) return std::nullopt;
  return format->value ? std::string_view(*format->value) : std::string_view();
}

bool begins_as_json(std::string_view value) {
  const std::size_t begin = value.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && (value[begin] == '{' || value[begin] == '[');
}

Payload made_from(std::string value, Result<std::string> xml) {
  if (!xml) return {.kind = Kind::broken, .bytes = std::move(value), .problem = xml.problem()};
  return {.kind = Kind::event, .was_made = true, .bytes = std::move(xml).value()};
}

}  // namespace

std::string_view name_of(Payload::Kind kind) {
  switch (kind) {
    case Kind::event:
      return "VOEvent";
    case Kind::tombstone:
      return "tombstone";
    case Kind::json:
      return "JSON";
    case Kind::avro:
      return "Avro";
    case Kind::elsewhere:
      return "address of a large message";
    case Kind::broken:
      return "broken VOEvent";
    case Kind::other:
      break;
  }
  return "neither XML nor JSON";
}

Payload payload_of(std::optional<std::string> value, const std::vector<KafkaHeader>& headers) {
  if (!value) return {.kind = Kind::tombstone};
  if (begins_as_xml(*value)) return {.kind = Kind::event, .bytes = std::move(*value)};

  const auto format = format_of(headers);
  const auto as = [&value](Kind kind) { return Payload{.kind = kind, .bytes = std::move(*value)}; };
  if (format == "voevent") {
    auto xml = voevent_from_hop_json(*value);
    return made_from(std::move(*value), std::move(xml));
  }
  if (!format)
    if (auto xml = voevent_from_hop_envelope(*value))
      return made_from(std::move(*value), std::move(*xml));
  if (format == "external") return as(Kind::elsewhere);
  if (format == "avro" || value->starts_with(avro_file)) return as(Kind::avro);
  return as(begins_as_json(*value) ? Kind::json : Kind::other);
}

}  // namespace vtp
