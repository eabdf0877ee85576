#include "lib/followers/topic_tail.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "lib/kafka/partitions.h"

namespace vtp {
namespace {

// The topic in "topic[3]@1234" of text_of(MessagePosition); nothing from anything else.
std::optional<std::string> topic_in(std::string_view source) {
  const auto partition = parse_partition(source.substr(0, source.rfind('@')));
  if (!partition || source.rfind('@') == std::string_view::npos) return std::nullopt;
  return partition->topic;
}

// Of a partition's cursor, such as "kafka://host:9092/topic[3]".
std::optional<KafkaEndpoint> endpoint_of(const std::string& cursor) {
  const auto partition = parse_partition(cursor.substr(cursor.rfind('/') + 1));
  if (!partition) return std::nullopt;
  const auto endpoint = parse_kafka(cursor.substr(0, cursor.rfind('/') + 1) + partition->topic);
  return endpoint ? std::optional(*endpoint) : std::nullopt;
}

}  // namespace

bool is_only_source(const KafkaEndpoint& topic, const std::vector<KafkaEndpoint>& read,
                    const std::map<std::string, std::int64_t>& cursors) {
  const auto is_another = [&topic](const KafkaEndpoint& endpoint) {
    return endpoint.may_have(topic.topics.front()) && !are_on_one_cluster(topic, endpoint);
  };
  return std::ranges::none_of(read, is_another) &&
         std::ranges::none_of(cursors, [&is_another](const auto& cursor) {
           const auto endpoint = endpoint_of(cursor.first);
           return endpoint && is_another(*endpoint);
         });
}

void TopicTail::found(std::string_view topic, const Digest& event) {
  if (topic != topic_ || !found_.insert(event).second) return;
  oldest_first_.push_back(event);
  if (oldest_first_.size() <= most_found) return;
  found_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

bool TopicTail::has(const LogEntry& entry) const {
  return found_.contains(entry.event->digest) ||
         (trusts_sources_ && topic_in(entry.source) == topic_);
}

// A digest is random: a part of it will do.
std::size_t TopicTail::Hash::operator()(const Digest& digest) const {
  std::size_t part = 0;
  std::memcpy(&part, digest.bytes.data(), sizeof part);
  return part;
}

}  // namespace vtp
