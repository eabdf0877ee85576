// A message of a Kafka topic, as values: what consumers give and producers take. No library of Kafka
// is needed to read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vtp {

// A header of a message (Kafka's protocol, "Record Header"). The same name may occur several times.
struct KafkaHeader {
  std::string name;
  std::optional<std::string> value;  // any bytes; none is not the same as empty

  bool operator==(const KafkaHeader&) const = default;
};

struct KafkaMessage {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;                // in the partition, from 0
  std::optional<std::string> key;         // any bytes
  std::optional<std::string> value;       // any bytes; none: a tombstone, which deletes its key
  std::vector<KafkaHeader> headers;       // in the message's order
  std::optional<std::int64_t> timestamp;  // milliseconds since 1970-01-01T00:00:00Z
};

}  // namespace vtp
