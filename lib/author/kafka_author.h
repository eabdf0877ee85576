// Submits events to a topic of a Kafka cluster.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "lib/author/author.h"
#include "lib/author/submitter.h"
#include "lib/kafka/kafka_producer.h"

namespace vtp {

// The producer's options that mean the same as these: an event that is not stored is retried for
// as long as they say, and a cluster that cannot be reached is waited for only if there is a retry.
[[nodiscard]] KafkaProducerOptions producer_options(KafkaEndpoint endpoint,
                                                    KafkaProperties properties,
                                                    const AuthorOptions& options,
                                                    std::size_t max_size);

// What a delivery is to whoever submitted the event. barred: what it is if the cluster takes no
// message from us.
[[nodiscard]] Outcome outcome_of(Delivery::How how, Outcome barred);

// How readers of a topic see who sent an event: "sendvo@host", with the name of this host if it has
// one.
[[nodiscard]] std::string source_name(std::string_view program);

// An event is accepted once all in-sync replicas have it. One thread. The producer must live
// longer; several may share it, and are stopped together.
class KafkaAuthor final : public Submitter {
 public:
  // name: of the endpoint, for the answers. source: whom readers of the topic see as the sender.
  // retry: how long an event may be sent again if it is lost (Delivery); it may be stored twice then.
  KafkaAuthor(KafkaProducer& producer, std::string name, std::string source,
              std::chrono::milliseconds retry);

  [[nodiscard]] asio::awaitable<Answer> submit(const std::string& ivorn,
                                               const std::string& event) override;
  [[nodiscard]] bool sends_ahead() const override { return true; }
  void stop() override;

 private:
  KafkaProducer& producer_;
  const std::string name_;
  const std::string source_;
  const std::chrono::milliseconds retry_;
  bool stopped_ = false;
};

}  // namespace vtp
