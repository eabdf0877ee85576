// A connection to a Kafka cluster through librdkafka, whose own threads do the work; what they find
// is told on the event loop.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "lib/base/diagnostics.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/kafka/token_supply.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace vtp {

// Bytes that are allowed for in a message beside its value, such as for its headers.
inline constexpr std::size_t room_for_headers = 64 * 1024;

// What a client hears of its cluster, on the client's thread.
class KafkaListener {
 public:
  virtual ~KafkaListener() = default;

  // To a producer: the fate of a message that was sent. Its error and its _private are set. Valid
  // during the call.
  virtual void delivered(const rd_kafka_message_s& message) { static_cast<void>(message); }

  // To a consumer: offsets could not be committed for its group; one line for people.
  virtual void not_committed(const std::string& reason) { static_cast<void>(reason); }

  // Something is wrong with the cluster or the way to it: an rd_kafka_resp_err_t, and one line for
  // people. librdkafka goes on by itself, except after RD_KAFKA_RESP_ERR__FATAL.
  virtual void trouble(int error, const std::string& reason) = 0;
};

// One thread, that of the executor. All arguments must live longer.
class KafkaClient {
 public:
  enum class Kind { producer, consumer };
  using Settings = std::vector<std::pair<std::string, std::string>>;

  // hosts: as in KafkaEndpoint; none: from the properties. defaults: what the properties may
  // change. own: what they may not (KafkaProperties). Connects in the background. Throws
  // std::runtime_error, with one line, if there are no hosts, or if librdkafka refuses the
  // combination of properties.
  KafkaClient(asio::any_io_executor executor, Kind kind, const std::vector<std::string>& hosts,
              const KafkaProperties& properties, const Settings& defaults, const Settings& own,
              KafkaListener& listener, const Diagnostics& diagnostics);

  // Drops what was not sent. Waits for librdkafka's threads, which end within moments.
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  [[nodiscard]] rd_kafka_s* handle() const { return handle_.get(); }

  // Calls the listener for what has been found so far, and writes librdkafka's own diagnostics. For
  // a producer; a consumer is told while it is polled for messages.
  void poll();

  // Resumes when librdkafka has found something since this resumed last, or after stop(). What has
  // been found must then be polled until nothing is left.
  [[nodiscard]] asio::awaitable<void> wait();

  // Lets wait() resume.
  void wake();

  // No more waiting. Safe to call again.
  void stop();
  // Any thread.
  [[nodiscard]] bool is_stopped() const { return stopped_; }

 private:
  struct Callbacks;
  struct Destroy {
    void operator()(rd_kafka_s* handle) const;
  };

  [[nodiscard]] int kind_of_trouble(int error) const;

  KafkaListener& listener_;
  const Diagnostics& diagnostics_;
  asio::posix::stream_descriptor found_;  // an eventfd, to which librdkafka writes
  std::atomic<bool> stopped_ = false;
  std::unique_ptr<rd_kafka_s, Destroy> handle_;
  std::optional<TokenSupply> tokens_;  // destroyed before the handle, which it uses
};

}  // namespace vtp
