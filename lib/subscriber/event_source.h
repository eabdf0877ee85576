// Where a listener's events come from: a broker (subscriber.h) or topics (kafka_subscriber.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <asio/awaitable.hpp>

namespace vtp {

// How a source ended.
enum class Departure {
  stopped,  // by stop(), or it had all wanted events
  // There is no connection, or it was lost, and it was not to reconnect; or all stored events were
  // wanted, and the broker cannot say which are the last.
  unreachable
};

// One thread.
class EventSource {
 public:
  virtual ~EventSource() = default;

  // Hands on events, in order, until stop() or as its options say. Call it once; again only after
  // an exception.
  [[nodiscard]] virtual asio::awaitable<Departure> run() = 0;

  // Ends run(), at once unless an event is being taken. Safe to call again.
  virtual void stop() = 0;

  // It has received all stored events that were wanted.
  [[nodiscard]] virtual bool has_all() const = 0;

  // Whether it is subscribed to a broker, or reads the topics of a cluster, now.
  [[nodiscard]] virtual bool is_connected() const = 0;

  // The messages of each partition that it has not finished: of topics only. May lag by some seconds.
  [[nodiscard]] virtual std::map<std::string, std::uint64_t> partition_lags() const { return {}; }

  // Its state, for people: "never connected", "still receiving events", …
  [[nodiscard]] virtual std::string state_text() const = 0;
};

}  // namespace vtp
