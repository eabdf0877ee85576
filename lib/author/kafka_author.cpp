#include "lib/author/kafka_author.h"

#include <utility>

#include <fmt/format.h>

#include "lib/base/host_name.h"
#include "lib/kafka/event_message.h"
#include "lib/voevent/event.h"

namespace vtp {

KafkaProducerOptions producer_options(KafkaEndpoint endpoint, KafkaProperties properties,
                                      const AuthorOptions& options, std::size_t max_size) {
  KafkaProducerOptions producer;
  producer.endpoint = std::move(endpoint);
  producer.properties = std::move(properties);
  producer.max_size = max_size;
  producer.timeout = options.timeout + options.retry;
  producer.waits_for_cluster = options.retry.count() > 0;
  return producer;
}

Outcome outcome_of(Delivery::How how, Outcome barred) {
  switch (how) {
    case Delivery::How::stored:
      return Outcome::accepted;
    case Delivery::How::refused:
      return Outcome::refused;
    case Delivery::How::barred:
      return barred;
    case Delivery::How::unknown:
    case Delivery::How::lost:
      break;
  }
  return Outcome::no_answer;
}

std::string source_name(std::string_view program) {
  const std::string host = own_host_name();
  return host.empty() ? std::string(program) : fmt::format("{}@{}", program, host);
}

KafkaAuthor::KafkaAuthor(KafkaProducer& producer, std::string name, std::string source,
                         std::chrono::milliseconds retry)
    : producer_(producer), name_(std::move(name)), source_(std::move(source)), retry_(retry) {}

void KafkaAuthor::stop() {
  stopped_ = true;
  producer_.stop_waiting();
}

asio::awaitable<Answer> KafkaAuthor::submit(const std::string& ivorn, const std::string& event) {
  const auto end = std::chrono::steady_clock::now() + retry_;
  const EventMessage message(event, ivorn, digest_of(event), source_);
  Answer answer{Outcome::not_sent, name_, "stopped before"};
  while (true) {
    if (retry_.count() > 0) co_await producer_.ready();
    if (stopped_) co_return answer;
    Delivery delivery = co_await producer_.send(message.outgoing());
    answer = {outcome_of(delivery.how, Outcome::refused), name_, std::move(delivery.reason)};
    if (delivery.how != Delivery::How::lost || std::chrono::steady_clock::now() >= end)
      co_return answer;
  }
}

}  // namespace vtp
