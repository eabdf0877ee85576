// The topic of a shared log, before a broker uses it: is it fit to be one?
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_properties.h"
#include "lib/kafka/topic_facts.h"

namespace vtp {

// Asks the cluster about the topic, again and again while it does not answer, which is reported
// once. Nothing once `stopped` is true. Throws std::runtime_error, with one line, as KafkaClient.
// endpoint: of parse_kafka_destination. All arguments must live longer; the executor's thread.
[[nodiscard]] asio::awaitable<std::optional<TopicFacts>> await_topic(
    asio::any_io_executor executor, const KafkaEndpoint& endpoint,
    const KafkaProperties& properties, const Diagnostics& diagnostics,
    const std::function<bool()>& stopped);

// Why the topic cannot be a shared log, in one line that says what to do; empty if it can.
[[nodiscard]] std::string unfitness_of(const TopicFacts& facts, const KafkaEndpoint& endpoint);

// What makes less certain that no acknowledged event is lost, or that each can be stored, one line
// each. max_size: bytes of the largest event.
[[nodiscard]] std::vector<std::string> doubts_about(const TopicFacts& facts, std::size_t max_size);

}  // namespace vtp
