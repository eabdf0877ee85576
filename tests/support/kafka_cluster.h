// A Kafka cluster for tests: librdkafka's mock, in this process, on loopback.
#pragma once

#include <array>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/loopback.h"

namespace vtp::test {

// Kinds of requests, to push errors for (the protocol's API keys).
inline constexpr int produce_request = 0;
inline constexpr int fetch_request = 1;
inline constexpr int init_producer_id_request = 22;

struct StoredMessage {
  std::string key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers;
};

class KafkaCluster {
 public:
  explicit KafkaCluster(int brokers = 1)
      : owner_(make(RD_KAFKA_PRODUCER, {})),
        mock_(rd_kafka_mock_cluster_new(owner_.get(), brokers)) {
    if (!mock_) throw std::runtime_error("no mock cluster");
  }
  ~KafkaCluster() { rd_kafka_mock_cluster_destroy(mock_); }
  KafkaCluster(const KafkaCluster&) = delete;
  KafkaCluster& operator=(const KafkaCluster&) = delete;

  [[nodiscard]] rd_kafka_mock_cluster_t* mock() const { return mock_; }

  // "127.0.0.1:port", with a comma between several.
  [[nodiscard]] std::string hosts() const { return rd_kafka_mock_cluster_bootstraps(mock_); }

  void create(const std::string& topic, int partitions = 1) const {
    rd_kafka_mock_topic_create(mock_, topic.c_str(), partitions, 1);
  }

  // Waits until the message is stored.
  void write(const std::string& topic, const std::optional<std::string>& value,
             const std::string& key = "", const std::map<std::string, std::string>& headers = {},
             std::int32_t partition = 0) const {
    const Handle producer = make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", hosts()}});
    rd_kafka_headers_t* const list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers)
      rd_kafka_header_add(list, name.data(), -1, text.data(), static_cast<ssize_t>(text.size()));
    std::array<rd_kafka_vu_t, 6> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition;
    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[2].u.i = RD_KAFKA_MSG_F_COPY;
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    if (value) parts[3].u.mem = {const_cast<char*>(value->data()), value->size()};
    parts[4].vtype = RD_KAFKA_VTYPE_KEY;
    parts[4].u.mem = {const_cast<char*>(key.data()), key.size()};
    parts[5].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[5].u.headers = list;
    rd_kafka_error_t* const error = rd_kafka_produceva(producer.get(), parts.data(), parts.size());
    constexpr int timeout_ms = 20'000;
    if (error || rd_kafka_flush(producer.get(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw std::runtime_error("the message was not stored");
  }

  // The first `count` messages of a partition, in order. Waits for them.
  [[nodiscard]] std::vector<StoredMessage> read(const std::string& topic, std::size_t count,
                                                std::int32_t partition = 0) const {
    const Handle consumer = make(
        RD_KAFKA_CONSUMER,
        {{"bootstrap.servers", hosts()}, {"group.id", "test"}, {"auto.offset.reset", "earliest"}});
    rd_kafka_poll_set_consumer(consumer.get());
    rd_kafka_topic_partition_list_t* const list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer.get(), list);
    rd_kafka_topic_partition_list_destroy(list);
    std::vector<StoredMessage> messages;
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    while (messages.size() < count && std::chrono::steady_clock::now() < give_up) {
      const std::unique_ptr<rd_kafka_message_t, void (*)(rd_kafka_message_t*)> message(
          rd_kafka_consumer_poll(consumer.get(), 100), rd_kafka_message_destroy);
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        messages.push_back(stored(*message));
    }
    return messages;
  }

  // The offset that is committed for this partition by the group; below 0 if there is none.
  [[nodiscard]] std::int64_t committed(const std::string& group, const std::string& topic,
                                       std::int32_t partition = 0) const {
    const Handle consumer =
        make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", hosts()}, {"group.id", group}});
    const std::unique_ptr<rd_kafka_topic_partition_list_t,
                          void (*)(rd_kafka_topic_partition_list_t*)>
        list(rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    constexpr int timeout_ms = 20'000;
    if (rd_kafka_committed(consumer.get(), list.get(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw std::runtime_error("the cluster does not say what is committed");
    return list->elems[0].offset;
  }

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const {
      rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
  };
  using Handle = std::unique_ptr<rd_kafka_t, Destroy>;

  static Handle make(rd_kafka_type_t type, const std::map<std::string, std::string>& settings) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    std::array<char, 512> reason{};
    for (const auto& [name, value] : settings)
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size());
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    Handle handle(rd_kafka_new(type, conf, reason.data(), reason.size()));
    if (!handle) throw std::runtime_error(reason.data());
    return handle;
  }

  static StoredMessage stored(const rd_kafka_message_t& message) {
    StoredMessage out;
    out.key.assign(static_cast<const char*>(message.key), message.key_len);
    if (message.payload) out.value.emplace(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    rd_kafka_message_headers(&message, &headers);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; headers && rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
                                           RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i)
      out.headers[name] = std::string(static_cast<const char*>(value), size);
    return out;
  }

  Handle owner_;
  rd_kafka_mock_cluster_t* mock_;
};

}  // namespace vtp::test
