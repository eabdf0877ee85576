// Sends messages to one topic of a Kafka cluster; each is acknowledged by all in-sync replicas.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/kafka/kafka_client.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/kafka/reachability.h"
#include "lib/net/coroutine.h"
#include "lib/net/waiter.h"

namespace vtp {

struct KafkaProducerOptions {
  KafkaEndpoint endpoint;  // of parse_kafka_destination
  KafkaProperties properties;
  std::size_t max_size = 4 * 1024 * 1024;     // bytes of one value
  std::chrono::milliseconds timeout{20'000};  // for the acknowledgement of a message; 0: none
  // Whether messages wait for a cluster that cannot be reached; otherwise they fail at once.
  bool waits_for_cluster = false;
};

// A message to be sent. All that it points to must live until send() is done.
struct OutgoingMessage {
  std::string_view key;
  std::string_view value;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

struct Delivery {
  enum class How {
    stored,   // on all in-sync replicas
    refused,  // the cluster does not take this message
    barred,   // the cluster takes no message from us: we may not write, or there is no such topic
    unknown,  // no answer in time; it may be stored all the same
    lost  // librdkafka has given up, as it does once it has lost count of what is stored; it may
          // be stored all the same, and may be sent again
  };
  How how = How::unknown;
  std::string reason;  // one line; empty if stored
};

// Messages keep their order within a partition, but for those that were refused at first, and none
// is stored twice (enable.idempotence). Once librdkafka has given up, or the cluster has not let us
// in, all messages that are under way fail, and so do those that are sent before it begins anew:
// at once, or after a pause if the cluster has not let us in, or no message has been stored since
// it last did so. One thread, that of the executor. All arguments must live longer.
class KafkaProducer : private KafkaListener {
 public:
  // Throws std::runtime_error as KafkaClient.
  KafkaProducer(asio::any_io_executor executor, KafkaProducerOptions options,
                const Diagnostics& diagnostics);
  ~KafkaProducer() override;

  // Sends a message and waits for its fate. Any number of calls may wait at the same time; messages
  // are sent in the order of the calls. But a cluster refuses all messages that librdkafka sends
  // together, for one of them or since they are too large together: each is then sent again alone.
  [[nodiscard]] asio::awaitable<Delivery> send(OutgoingMessage message);

  // Resumes when a message that is sent is not `lost` at once, or after stop_waiting().
  [[nodiscard]] asio::awaitable<void> ready();
  void stop_waiting();

  // Tells what is found, until stop(). Must run while anybody waits in send() or ready().
  [[nodiscard]] asio::awaitable<void> run();

  // What waits fails now. Safe to call again.
  void stop();

  // The cluster cannot be reached at the moment, as far as is known.
  [[nodiscard]] bool is_away() const { return cluster_.is_away(); }

 private:
  using DeliveryWaiter = std::unique_ptr<Waiter<Delivery>>;

  void delivered(const rd_kafka_message_s& message) override;
  void trouble(int error, const std::string& reason) override;
  [[nodiscard]] std::unique_ptr<KafkaClient> make_client();
  asio::awaitable<void> renew();
  asio::awaitable<Delivery> send_once(const OutgoingMessage& message, std::uint64_t& number);
  int produce(const OutgoingMessage& message);
  [[nodiscard]] Delivery delivery_of(int error, std::string reason);
  [[nodiscard]] std::optional<Delivery> fatal_failure() const;
  void drop_all();
  void fail_all();

  asio::any_io_executor executor_;
  const KafkaProducerOptions options_;
  const Diagnostics& diagnostics_;
  std::map<std::uint64_t, DeliveryWaiter> under_way_;
  std::uint64_t last_ = 0;  // the number of the last message that was sent
  Change room_;             // messages have been answered
  // The messages that are sent again alone, in the order of their numbers; others wait.
  std::set<std::uint64_t> alone_;
  Reachability cluster_;
  // Of all messages until it begins anew: the cluster does not let us in, or librdkafka has given up.
  std::optional<Delivery> failure_;
  Change renewed_;
  bool waits_ready_ = true;
  bool renewed_in_vain_ = false;  // no message has been stored since
  BackOff back_off_;
  asio::steady_timer pausing_;
  bool stopped_ = false;
  std::unique_ptr<KafkaClient> client_;
};

}  // namespace vtp
