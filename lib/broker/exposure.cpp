#include "lib/broker/exposure.h"

#include <algorithm>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "lib/kafka/kafka_endpoint.h"
#include "lib/net/endpoint.h"

namespace vtp {
namespace {

bool is_here(const Endpoint& endpoint) { return is_on_this_machine(endpoint); }

// Without hosts, the properties name some.
bool is_here(const KafkaEndpoint& endpoint) {
  constexpr std::uint16_t any_port = 9092;
  return !endpoint.hosts.empty() && std::ranges::all_of(endpoint.hosts, [](const auto& host) {
    const auto node = parse_peer(host, any_port);
    return node && is_on_this_machine(*node);
  });
}

bool only_this_machine(const std::vector<Allowed>& list) {
  return std::ranges::all_of(list, [](const Allowed& each) {
    return each.is_name ? each.text == "localhost"
                        : std::ranges::all_of(each.ranges, &AddressRange::is_loopback);
  });
}

std::string given(const char* option, const std::string& value) {
  return fmt::format("--{}={}", option, value);
}

std::optional<std::string> exposed_at(const char* option, const std::vector<Endpoint>& endpoints,
                                      const std::vector<Allowed>& list) {
  if (only_this_machine(list)) return std::nullopt;
  const auto found = std::ranges::find_if_not(endpoints, is_on_this_machine);
  return found == endpoints.end() ? std::nullopt : std::optional(given(option, text_of(*found)));
}

}  // namespace

std::optional<std::string> exposure(const BrokerOptions& options, const AllowLists& lists) {
  if (auto way = exposed_at("receive", options.receive, lists.authors)) return way;
  if (auto way = exposed_at("broadcast", options.broadcast, lists.subscribers)) return way;
  if (auto way = exposed_at("http", options.http.endpoints, lists.http)) return way;
  for (const SubscriberOptions& upstream : options.upstreams)
    if (!std::ranges::all_of(upstream.brokers, is_on_this_machine))
      return given("subscribe", text_of(upstream.brokers));
  for (const KafkaSubscriberOptions& topics : options.topics)
    if (!is_here(topics.consumer.endpoint))
      return given("subscribe", text_of(topics.consumer.endpoint));
  for (const ForwardOptions& forward : options.forwards) {
    const PeerEndpoint& endpoint = forward.destination.endpoint;
    if (!std::visit([](const auto& each) { return is_here(each); }, endpoint))
      return given("forward", text_of(endpoint));
  }
  if (options.shared_log && !is_here(options.shared_log->endpoint))
    return given("log", text_of(options.shared_log->endpoint));
  return std::nullopt;
}

}  // namespace vtp
