// What a Kafka message holds: an event, or something that is not for readers of VOEvents.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/kafka/message.h"

namespace vtp {

struct Payload {
  enum class Kind : std::uint8_t {
    event,      // XML, which may be a VOEvent or not (voevent/check.h)
    tombstone,  // no value: the topic deletes what it has under the message's key
    json,       // JSON that is not an event in one of hop's encodings: notices, circulars
    avro,       // an Avro file, or what its sender calls Avro
    elsewhere,  // the address of a message that is too large for the topic (hop's `external`)
    broken,     // sent as a VOEvent, but neither XML nor JSON that can be made into it
    other
  };

  Kind kind = Kind::other;
  bool was_made = false;     // the event was made from JSON (hop_json.h); `bytes` are not the value
  std::string bytes = {};    // the event, or else the value itself
  std::string problem = {};  // of a broken one: why, in one line
};

// A word or two for diagnostics: "VOEvent", "tombstone", "JSON", "Avro", …
[[nodiscard]] std::string_view name_of(Payload::Kind kind);

// Finds out what a message with this value and these headers holds. A value that begins as XML does
// (begins_as_xml in stream/file_kind.h: also UTF-16 with a byte-order mark) is an event, whatever its
// headers say, and is moved, not copied: hop-client from 0.12, GCN. hop's older encodings become XML.
// Only they are parsed, which takes time and memory in proportion to the value.
//
// Of several headers _format the first counts, as in hop. Avro without that header is known by the
// first bytes of an Avro file; Avro in other wrappings is `other`. Any thread.
[[nodiscard]] Payload payload_of(std::optional<std::string> value,
                                 const std::vector<KafkaHeader>& headers);

}  // namespace vtp
