// Where a forward hands events on to: a topic, or another broker, to which this one is an author.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/author/answer.h"
#include "lib/base/diagnostics.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/tls/client.h"
#include "lib/voevent/event.h"

namespace vtp {

struct DestinationOptions {
  PeerEndpoint endpoint;                   // a topic is one of parse_kafka_destination
  std::shared_ptr<const TlsClient> tls;    // for a broker, as in AuthorOptions
  KafkaProperties kafka;                   // for a topic
  std::string source;                      // for a topic: whom its readers see as the sender
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of an event
};

// One thread.
class Destination {
 public:
  virtual ~Destination() = default;

  // Hands an event on, and waits for its outcome through absences of any length. Any number of
  // calls may wait; events are sent in the order of the calls. An event that the destination has
  // already is accepted. After an outcome other than accepted and refused, a retry may succeed.
  // `event` must live until then.
  [[nodiscard]] virtual asio::awaitable<Answer> send(const Event& event) = 0;

  // How many events, and bytes of them, it takes at the same time to be as fast as it can be.
  struct Window {
    std::size_t events;
    std::size_t bytes;
  };
  [[nodiscard]] virtual Window window() const = 0;

  // It is known that the destination cannot be reached at the moment.
  [[nodiscard]] virtual bool is_away() const = 0;

  // All that is sent, now or later, gets an outcome at once. Safe to call again.
  virtual void stop() = 0;

  // Once all events have their outcomes: resumes when nothing of it is left. Call it at the end.
  [[nodiscard]] virtual asio::awaitable<void> close() = 0;
};

// on_retry: called when an event waits for a destination, with the reason. Throws std::runtime_error
// as KafkaProducer. diagnostics must live longer.
[[nodiscard]] std::unique_ptr<Destination> make_destination(
    const asio::any_io_executor& executor, DestinationOptions options,
    std::function<void(const std::string&)> on_retry, const Diagnostics& diagnostics);

}  // namespace vtp
