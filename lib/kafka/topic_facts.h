// What a cluster says about one of its topics.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "lib/base/result.h"

struct rd_kafka_s;

namespace vtp {

struct TopicFacts {
  std::string cluster;         // its id
  std::size_t partitions = 0;  // 0: there is no such topic
  std::size_t replicas = 0;    // of the partition that has the fewest
  std::int64_t first = 0;      // the offset of the first message of partition 0, …
  std::int64_t end = 0;        // … and the one after its last
  // Kafka's names of topic configurations; empty if we may not see them, or the cluster has none.
  std::map<std::string, std::string> settings;
};

// Blocks for up to about five times the timeout; any thread while the client lives. The problem is one line.
[[nodiscard]] Result<TopicFacts> ask_about_topic(rd_kafka_s* client, const std::string& topic,
                                                 std::chrono::milliseconds timeout);

}  // namespace vtp
