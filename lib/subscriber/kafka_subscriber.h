// Reads the events of topics of a Kafka cluster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/base/in_order.h"
#include "lib/kafka/kafka_consumer.h"
#include "lib/kafka/payload.h"
#include "lib/net/coroutine.h"
#include "lib/net/worker.h"
#include "lib/subscriber/event_source.h"
#include "lib/voevent/check.h"
#include "lib/voevent/event.h"
#include "lib/voevent/origin.h"

namespace vtp {

struct KafkaSubscriberOptions {
  KafkaConsumerOptions consumer;
  bool whole_headline = true;  // as in SubscriberOptions, and the next three
  Worker* worker = nullptr;
  std::size_t most_under_way = 1;
  std::size_t most_bytes_under_way = 16 * 1024 * 1024;
  bool with_details = false;  // of the messages, for JSON
  bool raw = false;           // take each value as it came, VOEvent or not, with an empty headline
};

// Where a message stands.
struct MessagePosition {
  Partition partition;
  std::int64_t offset = 0;
};

// The message of an event.
struct MessageSource : MessagePosition {
  std::shared_ptr<const MessageDetails> details;  // with_details
};

// "topic[3]@1234"
[[nodiscard]] std::string text_of(const MessagePosition& position);

// One thread, that of the executor. All arguments must live longer.
class KafkaSubscriber final : public EventSource {
 public:
  // Takes an event; true if it was taken. Called in the order of each partition; several calls may
  // be under way at the same time.
  using Take = std::function<asio::awaitable<bool>(EventPtr event, MessageSource source)>;
  // Nothing is to be done for the messages before this one in its partition, beside the events that
  // were taken: the partition begins here, or holds no event or nothing there.
  using Pass = std::function<void(const MessagePosition& next)>;
  // All messages before this one in its partition have been taken or passed over. With this
  // function they also count as processed.
  using Reached = std::function<void(const MessagePosition& next)>;

  // Throws std::runtime_error as KafkaClient.
  KafkaSubscriber(asio::any_io_executor executor, KafkaSubscriberOptions options, Take take,
                  Pass pass, const Diagnostics& diagnostics, Reached reached = {});
  ~KafkaSubscriber() override;

  // Passes each message that is an event which a broker may relay (acceptance.h, the rule for
  // events from upstream) to `take`. Others are counted and passed over: the first of a topic is
  // reported, further ones with debug. With `raw` only tombstones are passed over. After an
  // exception from `take` it begins again after the last event of each partition up to which all
  // were taken.
  [[nodiscard]] asio::awaitable<Departure> run() override;

  // All messages before this one in its partition have been processed (KafkaConsumer::processed):
  // for whoever does more with events than to take them.
  void processed(const MessagePosition& next);

  // As KafkaConsumer::ends.
  [[nodiscard]] asio::awaitable<std::optional<Offsets>> ends() { return consumer_->ends(); }

  void stop() override;
  [[nodiscard]] bool has_all() const override { return has_all_; }
  [[nodiscard]] bool is_connected() const override {
    return consumer_ && consumer_->is_connected();
  }
  [[nodiscard]] std::map<std::string, std::uint64_t> partition_lags() const override;
  [[nodiscard]] std::string state_text() const override;

 private:
  using Taken = std::map<Partition, std::shared_ptr<InOrder<std::int64_t>>>;

  void begin_to_read();
  asio::awaitable<void> end_reading();
  asio::awaitable<void> room();
  struct Judged;
  Judged judge(KafkaMessage& message, Checker& checker) const;
  asio::awaitable<Judged> judge_beside(KafkaMessage& message);
  void take_message(const KafkaMessage& message, Judged judged);
  void pass(const MessagePosition& next);
  void reached(const Partition& partition, std::int64_t next);
  void finish(const MessagePosition& position, InOrder<std::int64_t>::Turn turn);
  void pass_over(const KafkaMessage& message, std::string_view what, const std::string& why);
  asio::awaitable<void> hand_on(EventPtr event, MessageSource source,
                                InOrder<std::int64_t>::Turn turn);
  void end_one(std::size_t bytes, const std::exception_ptr& problem);
  void fail(const std::exception_ptr& problem);

  asio::any_io_executor executor_;
  KafkaSubscriberOptions options_;
  Take take_;
  Pass pass_;
  Reached reached_;
  const Diagnostics& diagnostics_;
  Checker checker_;
  Checker large_checker_;  // used by the worker
  AccountPtr account_ = std::make_shared<Account>();
  std::optional<KafkaConsumer> consumer_;  // one for each run
  bool looking_ = false;                   // its look() is running
  Change change_;                          // of anything below, and of looking_
  std::size_t under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  Taken taken_;                                       // messages that need no more work here
  std::exception_ptr problem_;                        // of an event that could not be taken
  std::map<std::string, std::uint64_t> passed_over_;  // by topic
  bool has_all_ = false;
  bool stopped_ = false;
};

}  // namespace vtp
