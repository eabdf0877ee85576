// Topics of a Kafka cluster, as people write them in place of a broker's endpoint.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/result.h"
#include "lib/net/endpoint.h"

namespace vtp {

struct KafkaEndpoint {
  std::vector<std::string> hosts;  // "host:port"; none: bootstrap.servers of the configuration
  std::vector<std::string>
      topics;  // at least one; one that begins with ^ is a regular expression (POSIX
               // extended)

  // Whether this topic may be one of these.
  [[nodiscard]] bool may_have(const std::string& topic) const;

  bool operator==(const KafkaEndpoint&) const = default;
};

// A peer of any kind.
using PeerEndpoint = std::variant<Endpoint, KafkaEndpoint>;

// Whether both are on the same cluster: they share a host, or neither has any.
[[nodiscard]] bool are_on_one_cluster(const KafkaEndpoint& one, const KafkaEndpoint& other);

// "kafka://host:port,host:port/topic,topic": text that parse_kafka takes for the same endpoint.
[[nodiscard]] std::string text_of(const KafkaEndpoint& endpoint);
[[nodiscard]] std::string text_of(const PeerEndpoint& endpoint);

// Whether the text is meant as a KafkaEndpoint: it begins with kafka:, in any case.
[[nodiscard]] bool is_kafka(std::string_view text);

// `kafka://HOST[:PORT][,HOST[:PORT]…]/TOPIC[,TOPIC…]`, with port 9092 by default, or
// `kafka:///TOPIC` without hosts. Names of topics are those that Kafka allows: up to 249 letters,
// digits, `.`, `_` and `-`. A comma ends a regular expression. No name is resolved, and no topic is
// looked up. The problem is one line.
[[nodiscard]] Result<KafkaEndpoint> parse_kafka(std::string_view text);

// The same where events are sent to: exactly one topic, and no regular expression.
[[nodiscard]] Result<KafkaEndpoint> parse_kafka_destination(std::string_view text);

}  // namespace vtp
