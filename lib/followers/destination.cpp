#include "lib/followers/destination.h"

#include <optional>
#include <utility>
#include <variant>

#include "lib/author/author.h"
#include "lib/author/kafka_author.h"
#include "lib/kafka/event_message.h"
#include "lib/kafka/kafka_producer.h"
#include "lib/net/coroutine.h"

namespace vtp {
namespace {

class BrokerDestination final : public Destination {
 public:
  BrokerDestination(const asio::any_io_executor& executor, const Endpoint& broker,
                    std::shared_ptr<const TlsClient> tls,
                    std::function<void(const std::string&)> on_retry,
                    const Diagnostics& diagnostics)
      : on_retry_(std::move(on_retry)),
        author_(executor, broker, author_options(std::move(tls)), diagnostics) {}

  asio::awaitable<Answer> send(const Event& event) override {
    Answer answer = co_await author_.submit(event.headline.ivorn, event.bytes);
    if (is_previously_seen(answer)) answer.outcome = Outcome::accepted;
    away_ = false;
    co_return answer;
  }

  // Twice what an author sends ahead, so that it always has something to send.
  [[nodiscard]] Window window() const override {
    return {2 * most_events_under_way, 2 * most_bytes_under_way};
  }
  [[nodiscard]] bool is_away() const override { return away_; }
  void stop() override { author_.break_off(); }
  asio::awaitable<void> close() override {
    author_.stop();
    co_await author_.close();
  }

 private:
  AuthorOptions author_options(std::shared_ptr<const TlsClient> tls) {
    AuthorOptions options;
    options.tls = std::move(tls);
    options.retry = retry_forever;
    options.waits_for_admission = true;
    options.on_retry = [this](const Answer& answer) {
      away_ = true;
      on_retry_(answer.reason);
    };
    return options;
  }

  std::function<void(const std::string&)> on_retry_;
  bool away_ = false;
  Author author_;
};

class TopicDestination final : public Destination {
 public:
  TopicDestination(const asio::any_io_executor& executor, const DestinationOptions& options,
                   const Diagnostics& diagnostics)
      : name_(text_of(options.endpoint)),
        source_(options.source),
        ended_(executor),
        producer_(executor, producer_options(options), diagnostics) {
    spawn(executor, producer_.run(), [this](const std::exception_ptr&) {
      running_ = false;
      ended_.tell();
    });
  }

  asio::awaitable<Answer> send(const Event& event) override {
    if (stopped_) co_return Answer{Outcome::not_sent, name_, "stopped before"};
    const EventMessage message(event.bytes, event.headline.ivorn, event.digest, source_);
    Delivery delivery = co_await producer_.send(message.outgoing());
    co_return Answer{outcome_of(delivery.how, Outcome::put_off), name_, std::move(delivery.reason)};
  }

  // Enough for the requests that librdkafka has in flight, of up to 1 MB each.
  [[nodiscard]] Window window() const override {
    constexpr Window most{4096, 8 * 1024 * 1024};
    return most;
  }
  [[nodiscard]] bool is_away() const override { return producer_.is_away(); }

  void stop() override {
    stopped_ = true;
    producer_.stop();
  }

  asio::awaitable<void> close() override {
    stop();
    while (running_)
      co_await ended_.wait();
  }

 private:
  static KafkaProducerOptions producer_options(const DestinationOptions& options) {
    KafkaProducerOptions producer;
    producer.endpoint = std::get<KafkaEndpoint>(options.endpoint);
    producer.properties = options.kafka;
    producer.max_size = options.max_size;
    producer.timeout = {};
    producer.waits_for_cluster = true;
    return producer;
  }

  const std::string name_;
  const std::string source_;
  Change ended_;  // the producer's run() has ended
  KafkaProducer producer_;
  bool running_ = true;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Destination> make_destination(const asio::any_io_executor& executor,
                                              DestinationOptions options,
                                              std::function<void(const std::string&)> on_retry,
                                              const Diagnostics& diagnostics) {
  if (const auto* broker = std::get_if<Endpoint>(&options.endpoint))
    return std::make_unique<BrokerDestination>(executor, *broker, std::move(options.tls),
                                               std::move(on_retry), diagnostics);
  return std::make_unique<TopicDestination>(executor, options, diagnostics);
}

}  // namespace vtp
