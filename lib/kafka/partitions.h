// Which partitions a cluster has, and which offsets they reach. All of it asks the cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"
#include "lib/kafka/kafka_endpoint.h"

struct rd_kafka_s;

namespace vtp {

struct Partition {
  std::string topic;
  std::int32_t number = 0;

  auto operator<=>(const Partition&) const = default;
};

// "topic[3]"
[[nodiscard]] std::string text_of(const Partition& partition);

// From such text; nothing from anything else.
[[nodiscard]] std::optional<Partition> parse_partition(std::string_view text);

// By partition: an offset, such as that of the next message to read.
using Offsets = std::map<Partition, std::int64_t>;

// How the names of the cursors of an endpoint's partitions begin, before text_of the partition:
// "kafka://host:9092/".
[[nodiscard]] std::string cursor_prefix(const KafkaEndpoint& endpoint);

// Those of saved cursors, by names without that prefix, that belong to topics which the endpoint
// may have.
[[nodiscard]] Offsets offsets_for(const KafkaEndpoint& endpoint,
                                  const std::map<std::string, std::int64_t>& cursors);

struct FoundPartitions {
  std::vector<Partition> partitions;
  std::vector<std::string> missing;            // topics, by name, that the cluster does not have
  std::map<std::string, std::string> refused;  // topics with the reason why we may not read them
};

// These block for up to the timeout, and may be called on any thread while the client lives. A
// problem is one line.

// The partitions of these topics, of which those that begin with ^ are POSIX extended regular
// expressions. Topics whose names begin with __, which are Kafka's own, match none.
[[nodiscard]] Result<FoundPartitions> find_partitions(rd_kafka_s* client,
                                                      const std::vector<std::string>& topics,
                                                      std::chrono::milliseconds timeout);

// Of each partition: the offset of its first message, the one after its last message, or the one of
// the first message at that time or later (after its last message if there is none).
[[nodiscard]] Result<Offsets> first_offsets(rd_kafka_s* client,
                                            const std::vector<Partition>& partitions,
                                            std::chrono::milliseconds timeout);
[[nodiscard]] Result<Offsets> end_offsets(rd_kafka_s* client,
                                          const std::vector<Partition>& partitions,
                                          std::chrono::milliseconds timeout);
[[nodiscard]] Result<Offsets> offsets_since(rd_kafka_s* client,
                                            const std::vector<Partition>& partitions, Time time,
                                            std::chrono::milliseconds timeout);

// The offset after the last message of the partition, as the client has last heard; below 0 if it
// has not. Does not ask the cluster.
[[nodiscard]] std::int64_t known_end(rd_kafka_s* client, const Partition& partition);

}  // namespace vtp
