// A log that several brokers share: a topic of one partition. Its order decides which of two equal
// events is the first, the same for all; each broker's database is a copy of it.
//
// An event that an author submits is sent to the topic, comes back with all others in the topic's
// order, and is written to the database, with the offset of the next message in the same
// transaction. Only then the author hears its fate. A number in a header (append_header) tells the
// event of one append from equal ones, of other brokers or of other authors.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_producer.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/net/coroutine.h"
#include "lib/net/waiter.h"
#include "lib/net/worker.h"
#include "lib/store/appender.h"
#include "lib/store/event_log.h"
#include "lib/subscriber/kafka_subscriber.h"

namespace vtp {

struct SharedLogOptions {
  KafkaEndpoint endpoint;  // of parse_kafka_destination
  KafkaProperties properties;
  std::string source;                      // whose messages these are, for their header
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  // From when an event is appended until its fate is known; after that it has failed.
  std::chrono::milliseconds timeout{10'000};
  Worker* worker = nullptr;  // checks large events
};

// One thread, that of the executor, but for append() and catch_up(). All arguments must live longer.
class SharedLog final : public Appender {
 public:
  // Throws std::runtime_error as KafkaClient.
  SharedLog(asio::any_io_executor executor, SharedLogOptions options, EventLog& copy,
            const Clock& clock, const Diagnostics& diagnostics);
  ~SharedLog() override;

  // Waits for the cluster, checks the topic, makes the database a copy of it, and reads all that the
  // topic has; then append() may be called. Returns early after stop(). Throws std::runtime_error,
  // with one line, if the topic is not fit to be a shared log, or the database is not a copy of it.
  [[nodiscard]] asio::awaitable<void> open();

  // As Appender. While the topic takes no events, one at a time is tried, and others fail at once.
  [[nodiscard]] asio::awaitable<Stored> append(EventPtr event, std::string source) override;
  [[nodiscard]] asio::awaitable<bool> catch_up(
      std::chrono::steady_clock::time_point until) override;

  // What is being appended fails. Safe to call again.
  void stop();

  // Resumes when nothing of it runs any more, after stop().
  [[nodiscard]] asio::awaitable<void> ended();

 private:
  // An event that was sent and has not come back.
  struct Append {
    Digest digest;
    std::string source;
    std::chrono::steady_clock::time_point give_up;
    std::optional<Stored> fate;              // has come back
    std::unique_ptr<Waiter<Stored>> waiter;  // the topic has it
  };
  struct Read {
    NewEvent event;
    std::string append;  // append_header
  };

  void begin(const CopiedLog& copied);
  void run(asio::awaitable<void> work);
  asio::awaitable<Stored> append_here(EventPtr event, std::string source);
  asio::awaitable<bool> catch_up_here(std::chrono::steady_clock::time_point until);
  asio::awaitable<void> ask_for_end();
  [[nodiscard]] bool may_append() const;
  [[nodiscard]] std::string new_append();
  asio::awaitable<Delivery> send(OutgoingMessage message);
  void note(const Delivery& delivery);
  asio::awaitable<bool> take(EventPtr event, MessageSource source);
  void pass(const MessagePosition& next);
  void diverge(const std::string& reason);
  asio::awaitable<void> read();
  asio::awaitable<void> copy();
  asio::awaitable<std::vector<Stored>> write(const std::vector<Read>& batch, std::int64_t next);
  void tell(const Read& read, Stored stored);
  asio::awaitable<void> give_up_late();
  std::size_t fail(std::chrono::steady_clock::time_point now);

  asio::any_io_executor executor_;
  const SharedLogOptions options_;
  const std::string name_;  // of the topic, for people
  EventLog& copy_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  KafkaProducer producer_;
  std::optional<KafkaSubscriber> subscriber_;  // from open() on
  const std::string prefix_;                   // of the numbers of our appends
  std::uint64_t last_append_ = 0;
  std::map<std::string, Append> appends_;  // by number
  bool away_ = false;                      // the topic takes no events
  bool trying_ = false;                    // meanwhile, one
  std::string diverged_;                   // why the copy cannot go on; empty if it can
  bool reading_ = false;                   // the subscriber knows where the topic is read
  std::vector<Read> read_;                 // not in the copy yet
  std::size_t read_bytes_ = 0;
  std::int64_t read_next_ = 0;  // the offset after what was read, …
  std::int64_t next_ = 0;       // … and after what is in the copy
  // Questions about the end of the topic, of which one is under way at a time.
  std::uint64_t last_question_ = 0;
  std::uint64_t wanted_question_ = 0;
  std::uint64_t answered_question_ = 0;
  std::optional<std::int64_t> end_;  // the last answer; nothing if the cluster gave none
  bool asking_ = false;
  Change arrived_;  // of read_, read_next_
  Change copied_;   // of next_
  asio::steady_timer retrying_;
  asio::steady_timer giving_up_;
  std::size_t running_ = 0;  // coroutines
  Change one_ended_;
  bool stopped_ = false;
};

}  // namespace vtp
