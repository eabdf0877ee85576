#include "lib/kafka/partitions.h"

#include <algorithm>
#include <charconv>
#include <librdkafka/rdkafka.h>
#include <memory>

#include <fmt/format.h>

#include "lib/kafka/topic_pattern.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

// In place of a time, in Kafka's ListOffsets request.
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)>;
using Topic = std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)>;
using List =
    std::unique_ptr<rd_kafka_topic_partition_list_t, void (*)(rd_kafka_topic_partition_list_t*)>;

int whole_milliseconds(milliseconds timeout) { return static_cast<int>(timeout.count()); }

// topic: nullptr for all that we may see.
Result<Metadata> ask_metadata(rd_kafka_t* client, rd_kafka_topic_t* topic, milliseconds timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error =
      rd_kafka_metadata(client, topic ? 0 : 1, topic, &metadata, whole_milliseconds(timeout));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Problem{rd_kafka_err2str(error)};
  return Metadata(metadata, rd_kafka_metadata_destroy);
}

void add(FoundPartitions& found, const rd_kafka_metadata_topic_t& topic) {
  if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    found.missing.emplace_back(topic.topic);
  } else if (topic.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    found.refused[topic.topic] = rd_kafka_err2str(topic.err);
  } else {
    for (int i = 0; i < topic.partition_cnt; ++i)
      found.partitions.push_back({topic.topic, topic.partitions[i].id});
  }
}

Result<Offsets> ask_offsets(rd_kafka_t* client, const std::vector<Partition>& partitions,
                            std::int64_t time, milliseconds timeout) {
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())),
                  rd_kafka_topic_partition_list_destroy);
  for (const Partition& partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)
        ->offset = time;
  Offsets offsets;
  if (partitions.empty()) return offsets;
  const auto error = rd_kafka_offsets_for_times(client, list.get(), whole_milliseconds(timeout));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Problem{rd_kafka_err2str(error)};
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& it = list->elems[i];
    if (it.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return Problem{fmt::format("{}: {}", text_of(Partition{it.topic, it.partition}),
                                 rd_kafka_err2str(it.err))};
    offsets[{it.topic, it.partition}] = it.offset;
  }
  return offsets;
}

}  // namespace

std::string text_of(const Partition& partition) {
  return fmt::format("{}[{}]", partition.topic, partition.number);
}

std::optional<Partition> parse_partition(std::string_view text) {
  const std::size_t bracket = text.rfind('[');
  if (bracket == 0 || bracket == std::string_view::npos || !text.ends_with(']'))
    return std::nullopt;
  const std::string_view digits = text.substr(bracket + 1, text.size() - bracket - 2);
  Partition partition{std::string(text.substr(0, bracket)), 0};
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, partition.number);
  if (error != std::errc{} || last != end || partition.number < 0) return std::nullopt;
  return partition;
}

std::string cursor_prefix(const KafkaEndpoint& endpoint) {
  return text_of(KafkaEndpoint{endpoint.hosts, {}});
}

Offsets offsets_for(const KafkaEndpoint& endpoint,
                    const std::map<std::string, std::int64_t>& cursors) {
  Offsets offsets;
  for (const auto& [name, next] : cursors)
    if (const auto partition = parse_partition(name);
        partition && endpoint.may_have(partition->topic))
      offsets[*partition] = next;
  return offsets;
}

Result<FoundPartitions> find_partitions(rd_kafka_s* client, const std::vector<std::string>& topics,
                                        milliseconds timeout) {
  FoundPartitions found;
  std::vector<TopicPattern> expressions;
  for (const std::string& name : topics) {
    TopicPattern pattern(name);
    if (pattern.is_expression()) {
      expressions.push_back(std::move(pattern));
      continue;
    }
    const Topic topic(rd_kafka_topic_new(client, name.c_str(), nullptr), rd_kafka_topic_destroy);
    const auto metadata = ask_metadata(client, topic.get(), timeout);
    if (!metadata) return Problem{metadata.problem()};
    for (int i = 0; i < (*metadata)->topic_cnt; ++i)
      add(found, (*metadata)->topics[i]);
  }
  if (!expressions.empty()) {
    const auto metadata = ask_metadata(client, nullptr, timeout);
    if (!metadata) return Problem{metadata.problem()};
    for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
      const rd_kafka_metadata_topic_t& topic = (*metadata)->topics[i];
      const auto matches = [&topic](const TopicPattern& it) { return it.matches(topic.topic); };
      if (std::ranges::any_of(expressions, matches)) add(found, topic);
    }
  }
  std::ranges::sort(found.partitions);  // a topic may match several times
  const auto doubles = std::ranges::unique(found.partitions);
  found.partitions.erase(doubles.begin(), doubles.end());
  return found;
}

Result<Offsets> first_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions,
                              milliseconds timeout) {
  return ask_offsets(client, partitions, earliest, timeout);
}

Result<Offsets> end_offsets(rd_kafka_s* client, const std::vector<Partition>& partitions,
                            milliseconds timeout) {
  return ask_offsets(client, partitions, latest, timeout);
}

Result<Offsets> offsets_since(rd_kafka_s* client, const std::vector<Partition>& partitions,
                              Time time, milliseconds timeout) {
  const auto since = std::chrono::floor<milliseconds>(time).time_since_epoch().count();
  auto offsets = ask_offsets(client, partitions, since, timeout);
  if (!offsets) return offsets;
  std::vector<Partition> without;  // any message at that time or later
  for (const auto& [partition, offset] : *offsets)
    if (offset < 0) without.push_back(partition);
  auto ends = end_offsets(client, without, timeout);
  if (!ends) return ends;
  Offsets all = *ends;
  all.insert(offsets->begin(), offsets->end());
  return all;
}

std::int64_t known_end(rd_kafka_t* client, const Partition& partition) {
  std::int64_t low = 0;
  std::int64_t end = -1;
  rd_kafka_get_watermark_offsets(client, partition.topic.c_str(), partition.number, &low, &end);
  return end;
}

}  // namespace vtp
