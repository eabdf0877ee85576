// Reads messages from topics of a Kafka cluster: from every partition, in its order, each message
// once, including topics and partitions that appear later.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/kafka/fetch_waker.h"
#include "lib/kafka/kafka_client.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/kafka/lag_watch.h"
#include "lib/kafka/message.h"
#include "lib/kafka/partitions.h"
#include "lib/kafka/reachability.h"
#include "lib/net/coroutine.h"

namespace vtp {

struct KafkaConsumerOptions {
  KafkaEndpoint endpoint;
  KafkaProperties properties;
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one value that are surely read
  // Where to begin, for partitions that are in it: the offset of the next message.
  Offsets begin_at;
  // Other partitions that are there at the start begin with the first message at that time or
  // later; without it, with new messages or, if begin_at is not empty, with their first message:
  // they have appeared since it was made. Partitions that appear later begin with their first.
  std::optional<Time> since;
  bool until_now = false;                    // end after the messages that were there at the start
  bool reconnect = true;                     // otherwise, end if the cluster cannot be reached
  std::chrono::milliseconds timeout{4'000};  // for each question to the cluster
  // For new topics and partitions, unless topic.metadata.refresh.interval.ms is set.
  std::chrono::milliseconds look_every{10'000};
};

// One thread, that of the executor. All arguments must live longer.
class KafkaConsumer : private KafkaListener {
 public:
  // Told where it begins to read each partition, before its first message.
  using Begun = std::function<void(const Partition&, std::int64_t offset)>;
  // Told, between messages, that there is none before this offset that is still to come: what was
  // there has gone, or is a mark of a transaction, which no consumer sees.
  using Skipped = std::function<void(const Partition&, std::int64_t offset)>;

  // Throws std::runtime_error as KafkaClient.
  KafkaConsumer(asio::any_io_executor executor, KafkaConsumerOptions options,
                const Diagnostics& diagnostics, Begun begun = {}, Skipped skipped = {});
  ~KafkaConsumer() override;

  // Looks for partitions, again and again. Must run while messages are read; ends after stop().
  [[nodiscard]] asio::awaitable<void> look();

  // The next message of any partition; nothing after stop(), after all that was asked for with
  // until_now, or if the cluster cannot be reached and it is not to reconnect. One call at a time.
  [[nodiscard]] asio::awaitable<std::optional<KafkaMessage>> next();

  // Of each partition that is read: the offset after its last message, as the cluster says now;
  // nothing if it does not answer.
  [[nodiscard]] asio::awaitable<std::optional<Offsets>> ends();

  // All messages before this offset in the partition have been processed. If the properties name a
  // group (group.id), offsets are committed for it every few seconds, and by the next function,
  // so that the group's lag can be seen; nothing depends on it.
  void processed(const Partition& partition, std::int64_t next);

  // Commits what has been processed; takes up to 1 s. Call it last, after stop().
  [[nodiscard]] asio::awaitable<void> commit_rest();

  // Safe to call again.
  void stop();

  // With until_now: whether everything was read.
  [[nodiscard]] bool has_all() const { return has_all_; }
  // Whether it has ended because the cluster cannot be reached.
  [[nodiscard]] bool is_unreachable() const { return unreachable_; }
  // Whether the cluster answers.
  [[nodiscard]] bool is_connected() const { return connected_ && !cluster_.is_away(); }
  // The messages of each partition that are not processed, as the cluster has last told its end;
  // those whose end it has not told yet are left out.
  [[nodiscard]] std::map<Partition, std::uint64_t> lags() const;
  // "never connected", …: for a message that says that time has run out.
  [[nodiscard]] std::string state_text() const;

 private:
  // What the cluster has said, on another thread.
  struct Survey {
    std::string problem;  // empty if there is none
    FoundPartitions found;
    Offsets begin;  // of partitions that are new
    Offsets first;  // of partitions whose next message has gone
    Offsets end;    // of both
  };

  void not_committed(const std::string& reason) override;
  void trouble(int error, const std::string& reason) override;
  Survey survey(const std::set<Partition>& known, const std::vector<Partition>& gone) const;
  void apply(Survey survey);
  void begin(const Survey& survey);
  void go_on_after_gap(const Survey& survey);
  void assign();
  void skip(Offsets::value_type& next, std::int64_t offset);
  std::optional<KafkaMessage> take(const rd_kafka_message_s& message);
  void report(const rd_kafka_message_s& message);
  void tell_connected();
  void check_whether_all();
  void tell_lag();
  void give_up();

  KafkaConsumerOptions options_;
  const Diagnostics& diagnostics_;
  Begun begun_;
  Skipped skipped_;
  std::string name_;  // of the endpoint
  Offsets next_;      // of all partitions that are read
  Offsets processed_;
  Offsets left_;  // with until_now: where each partition ends that is not read up to there
  std::vector<Partition> gone_;     // partitions whose next message the cluster does not have
  std::set<std::string> reported_;  // topics about which something has been said
  LagWatch lag_;
  bool has_group_;              // the properties name one
  bool commit_failed_ = false;  // which has been reported
  bool began_ = false;          // partitions have been looked for
  bool connected_ = false;
  bool unreachable_ = false;
  bool has_all_ = false;
  asio::steady_timer look_again_;
  Reachability cluster_;
  asio::thread_pool asking_{1};
  KafkaClient client_;
  std::optional<FetchWaker> waker_;  // destroyed before the client, which it uses
};

}  // namespace vtp
