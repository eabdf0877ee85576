#include "lib/broker/destination.h"

#include <optional>
#include <utility>
#include <variant>

#include "lib/author/author.h"
#include "lib/kafka/event_message.h"
#include "lib/kafka/kafka_producer.h"
#include "lib/net/coroutine.h"

namespace vtp {
namespace {

class BrokerDestination final : public Destination {
 public:
  BrokerDestination(const asio::any_io_executor& executor, const Endpoint& broker,
                    std::function<void(const std::string&)> on_retry,
                    const Diagnostics& diagnostics)
      : on_retry_(std::move(on_retry)), author_(executor, broker, author_options(), diagnostics) {}

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
  [[nodiscard]] bool refuses_together() const override { return false; }
  [[nodiscard]] bool is_away() const override { return away_; }
  asio::awaitable<void> renew() override { co_return; }
  void stop() override { author_.break_off(); }
  asio::awaitable<void> close() override {
    author_.stop();
    co_await author_.close();
  }

 private:
  AuthorOptions author_options() {
    AuthorOptions options;
    options.retry = retry_forever;
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
  TopicDestination(const asio::any_io_executor& executor, DestinationOptions options,
                   const Diagnostics& diagnostics)
      : executor_(executor),
        options_(std::move(options)),
        diagnostics_(diagnostics),
        ended_(executor) {
    begin();
  }

  asio::awaitable<Answer> send(const Event& event) override {
    if (stopped_) co_return Answer{Outcome::not_sent, name(), "stopped before"};
    const EventMessage message(event.bytes, event.headline.ivorn, event.digest, options_.source);
    Delivery delivery = co_await producer_->send(message.outgoing());
    co_return Answer{outcome_of(delivery.how), name(), std::move(delivery.reason)};
  }

  // Enough for the requests that librdkafka has in flight, of up to 1 MB each.
  [[nodiscard]] Window window() const override {
    constexpr Window most{4096, 8 * 1024 * 1024};
    return most;
  }
  [[nodiscard]] bool refuses_together() const override { return true; }
  [[nodiscard]] bool is_away() const override { return producer_->is_away(); }

  asio::awaitable<void> renew() override {
    if (stopped_ || !producer_->has_failed()) co_return;
    co_await end();
    begin();
  }

  void stop() override {
    stopped_ = true;
    producer_->stop();
  }

  asio::awaitable<void> close() override {
    stopped_ = true;
    co_await end();
  }

 private:
  static Outcome outcome_of(Delivery::How how) {
    switch (how) {
      case Delivery::How::stored:
        return Outcome::accepted;
      case Delivery::How::refused:
        return Outcome::refused;
      case Delivery::How::barred:
        return Outcome::put_off;
      case Delivery::How::unknown:
        break;
    }
    return Outcome::no_answer;
  }

  [[nodiscard]] std::string name() const { return text_of(options_.endpoint); }

  void begin() {
    KafkaProducerOptions producer;
    producer.endpoint = std::get<KafkaEndpoint>(options_.endpoint);
    producer.properties = options_.kafka;
    producer.max_size = options_.max_size;
    producer.timeout = {};
    producer.waits_for_cluster = true;
    producer_ = std::make_unique<KafkaProducer>(executor_, std::move(producer), diagnostics_);
    running_ = true;
    spawn(executor_, producer_->run(), [this](const std::exception_ptr&) {
      running_ = false;
      ended_.tell();
    });
  }

  asio::awaitable<void> end() {
    producer_->stop();
    while (running_)
      co_await ended_.wait();
  }

  asio::any_io_executor executor_;
  const DestinationOptions options_;
  const Diagnostics& diagnostics_;
  Change ended_;  // the producer's run() has ended
  std::unique_ptr<KafkaProducer> producer_;
  bool running_ = false;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Destination> make_destination(const asio::any_io_executor& executor,
                                              DestinationOptions options,
                                              std::function<void(const std::string&)> on_retry,
                                              const Diagnostics& diagnostics) {
  if (const auto* broker = std::get_if<Endpoint>(&options.endpoint))
    return std::make_unique<BrokerDestination>(executor, *broker, std::move(on_retry), diagnostics);
  return std::make_unique<TopicDestination>(executor, std::move(options), diagnostics);
}

}  // namespace vtp
