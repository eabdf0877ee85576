// What this broker has read of a topic to which it also forwards, so that nothing goes round.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/kafka/kafka_endpoint.h"
#include "lib/store/store.h"
#include "lib/voevent/event.h"

namespace vtp {

// Whether the source of an event in the log, such as "topic[0]@17", can only mean this topic of
// this cluster: sources do not name clusters. read: the topics that the broker reads now. cursors:
// those of all partitions that it has ever read, by their whole names.
[[nodiscard]] bool is_only_source(const KafkaEndpoint& topic,
                                  const std::vector<KafkaEndpoint>& read,
                                  const std::map<std::string, std::int64_t>& cursors);

// One thread.
class TopicTail {
 public:
  // The newest events that are remembered, about 100 bytes each.
  static constexpr std::size_t most_found = 65'536;

  // trusts_sources: the result of is_only_source.
  TopicTail(std::string topic, bool trusts_sources)
      : topic_(std::move(topic)), trusts_sources_(trusts_sources) {}

  // The event is in this topic of the cluster; other topics are ignored.
  void found(std::string_view topic, const Digest& event);

  // Whether the topic has the event, as far as is known.
  [[nodiscard]] bool has(const LogEntry& entry) const;

 private:
  struct Hash {
    std::size_t operator()(const Digest& digest) const;
  };

  const std::string topic_;
  const bool trusts_sources_;
  std::unordered_set<Digest, Hash> found_;
  std::deque<Digest> oldest_first_;
};

}  // namespace vtp
