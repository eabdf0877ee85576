#include "lib/kafka/topic_facts.h"

#include <algorithm>
#include <array>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "lib/kafka/partitions.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

template <class Object>
using Handle = std::unique_ptr<Object, void (*)(Object*)>;

int whole_milliseconds(milliseconds timeout) { return static_cast<int>(timeout.count()); }

// The broker goes without, if the cluster is slow to tell.
constexpr milliseconds settings_timeout{1'000};

// Empty if we may not see them.
std::map<std::string, std::string> ask_settings(rd_kafka_t* client, const std::string& topic,
                                                milliseconds timeout) {
  timeout = std::min(timeout, settings_timeout);
  const Handle<rd_kafka_queue_t> answers(rd_kafka_queue_new(client), rd_kafka_queue_destroy);
  const Handle<rd_kafka_AdminOptions_t> options(
      rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS),
      rd_kafka_AdminOptions_destroy);
  std::array<char, 256> reason{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), whole_milliseconds(timeout),
                                            reason.data(), reason.size());
  const Handle<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()),
      rd_kafka_ConfigResource_destroy);
  rd_kafka_ConfigResource_t* asked = resource.get();
  rd_kafka_DescribeConfigs(client, &asked, 1, options.get(), answers.get());
  const Handle<rd_kafka_event_t> answer(
      rd_kafka_queue_poll(answers.get(), whole_milliseconds(timeout)), rd_kafka_event_destroy);
  const auto* const result = answer ? rd_kafka_event_DescribeConfigs_result(answer.get()) : nullptr;
  std::map<std::string, std::string> settings;
  if (!result) return settings;
  std::size_t resources = 0;
  const auto* const told = rd_kafka_DescribeConfigs_result_resources(result, &resources);
  for (std::size_t i = 0; i < resources; ++i) {
    std::size_t count = 0;
    const auto* const entries = rd_kafka_ConfigResource_configs(told[i], &count);
    for (std::size_t j = 0; j < count; ++j)
      if (const char* const value = rd_kafka_ConfigEntry_value(entries[j]))
        settings[rd_kafka_ConfigEntry_name(entries[j])] = value;
  }
  return settings;
}

}  // namespace

Result<TopicFacts> ask_about_topic(rd_kafka_s* client, const std::string& topic,
                                   milliseconds timeout) {
  TopicFacts facts;
  const Handle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr),
                                        rd_kafka_topic_destroy);
  const rd_kafka_metadata_t* told = nullptr;
  const auto error = rd_kafka_metadata(client, 0, handle.get(), &told, whole_milliseconds(timeout));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return Problem{rd_kafka_err2str(error)};
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> metadata(
      told, rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1) return Problem{"the answer has no topic"};
  const rd_kafka_metadata_topic_t& it = metadata->topics[0];
  if (it.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return facts;
  if (it.err != RD_KAFKA_RESP_ERR_NO_ERROR) return Problem{rd_kafka_err2str(it.err)};
  facts.partitions = static_cast<std::size_t>(it.partition_cnt);
  for (int i = 0; i < it.partition_cnt; ++i) {
    const auto replicas = static_cast<std::size_t>(it.partitions[i].replica_cnt);
    facts.replicas = i == 0 ? replicas : std::min(facts.replicas, replicas);
  }
  const std::unique_ptr<char, void (*)(void*)> cluster(
      rd_kafka_clusterid(client, whole_milliseconds(timeout)),
      [](void* id) { rd_kafka_mem_free(nullptr, id); });
  if (!cluster) return Problem{"the cluster does not tell its id"};
  facts.cluster = cluster.get();
  const std::vector<Partition> first(1, {topic, 0});
  const auto begin = first_offsets(client, first, timeout);
  if (!begin) return Problem{begin.problem()};
  const auto end = end_offsets(client, first, timeout);
  if (!end) return Problem{end.problem()};
  facts.first = begin->at(first.front());
  facts.end = end->at(first.front());
  facts.settings = ask_settings(client, topic, timeout);
  return facts;
}

}  // namespace vtp
