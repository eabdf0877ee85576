#include "lib/author/kafka_author.h"

#include <array>
#include <climits>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

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

std::string source_name(std::string_view program) {
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return std::string(program);
  return fmt::format("{}@{}", program, host.data());
}

KafkaAuthor::KafkaAuthor(KafkaProducer& producer, std::string name, std::string source)
    : producer_(producer), name_(std::move(name)), source_(std::move(source)) {}

asio::awaitable<Answer> KafkaAuthor::submit(const std::string& ivorn, const std::string& event) {
  if (stopped_) co_return Answer{Outcome::not_sent, name_, "stopped before"};
  const EventMessage message(event, ivorn, digest_of(event), source_);
  Delivery delivery = co_await producer_.send(message.outgoing());
  Answer answer{Outcome::no_answer, name_, std::move(delivery.reason)};
  if (delivery.how == Delivery::How::stored) answer.outcome = Outcome::accepted;
  if (delivery.how == Delivery::How::refused || delivery.how == Delivery::How::barred)
    answer.outcome = Outcome::refused;
  co_return answer;
}

}  // namespace vtp
