#include "lib/cli/peers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lib/base/text.h"

namespace vtp {
namespace {

Result<std::uint16_t> parse_peer_port(std::string_view text) {
  const auto port = parse_port(text);
  if (port && *port == 0) return Problem{"nobody can be reached at port 0"};
  return port;
}

// The broker of --host and --port; nothing if there is neither.
std::optional<Endpoint> named_broker(const CommandLine& line, std::uint16_t default_port) {
  if (!line.text("host") && !line.text("port")) return std::nullopt;
  const auto port = line.value("port", parse_peer_port, default_port);
  const auto host = [&](std::string_view text) { return parse_peer(text, port); };
  return line.value("host", host, Endpoint{TcpEndpoint{"localhost", port}});
}

// A broker, or one topic.
Result<PeerEndpoint> parse_destination(std::string_view text, std::uint16_t default_port) {
  const auto any = [](auto endpoint) -> Result<PeerEndpoint> {
    if (!endpoint) return Problem{endpoint.problem()};
    return PeerEndpoint{std::move(endpoint).value()};
  };
  return is_kafka(text) ? any(parse_kafka_destination(text)) : any(parse_peer(text, default_port));
}

// One that is equal to an earlier one; nullptr: none is.
template <class Endpoints>
const typename Endpoints::value_type* repeated_in(const Endpoints& endpoints) {
  for (auto each = endpoints.begin(); each != endpoints.end(); ++each)
    if (std::find(endpoints.begin(), each, *each) != each) return &*each;
  return nullptr;
}

Endpoint default_broker(std::uint16_t default_port) {
  return TcpEndpoint{"localhost", default_port};
}

}  // namespace

Result<SourceEndpoint> parse_source(std::string_view text, std::uint16_t default_port) {
  if (is_kafka(text)) {
    auto topics = parse_kafka(text);
    if (!topics) return Problem{topics.problem()};
    return SourceEndpoint{std::move(topics).value()};
  }
  std::vector<Endpoint> brokers;
  for (std::string_view rest = text; true;) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    if (end == 0 && !text.empty()) return Problem{fmt::format("{}: a broker is missing", text)};
    const auto broker = parse_peer(rest.substr(0, end), default_port);
    if (!broker) return Problem{broker.problem()};
    brokers.push_back(*broker);
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  if (const Endpoint* const repeated = repeated_in(brokers))
    return Problem{fmt::format("{}: {} is named twice", text, text_of(*repeated))};
  return SourceEndpoint{std::move(brokers)};
}

bool has_tls(const PeerEndpoint& endpoint) {
  const auto* const broker = std::get_if<Endpoint>(&endpoint);
  return broker && has_tls(*broker);
}

bool has_tls(const SourceEndpoint& endpoint) {
  const auto* const brokers = std::get_if<std::vector<Endpoint>>(&endpoint);
  return brokers && std::ranges::any_of(*brokers, [](const Endpoint& it) { return has_tls(it); });
}

std::vector<SourceEndpoint> sources_in(const CommandLine& line, std::uint16_t default_port) {
  std::vector<SourceEndpoint> sources;
  const auto add = [&sources](SourceEndpoint source) { sources.push_back(std::move(source)); };
  if (const auto named = named_broker(line, default_port)) add(std::vector{*named});
  for (const std::string& operand : line.operands()) {
    auto source = parse_source(operand, default_port);
    if (!source) throw UsageError(source.problem());
    add(std::move(source).value());
  }
  if (sources.empty()) add(std::vector{default_broker(default_port)});
  if (!line.has("any")) return sources;
  std::vector<Endpoint> all;
  for (const SourceEndpoint& source : sources) {
    const auto* const brokers = std::get_if<std::vector<Endpoint>>(&source);
    if (!brokers)
      throw UsageError(
          "--any is for brokers; a topic has all hosts of its cluster in one endpoint");
    all.insert(all.end(), brokers->begin(), brokers->end());
  }
  if (const Endpoint* const repeated = repeated_in(all))
    throw UsageError(fmt::format("--any: {} is named twice", text_of(*repeated)));
  return {SourceEndpoint{std::move(all)}};
}

std::vector<PeerEndpoint> peers_in(const CommandLine& line, const std::vector<std::string>& others,
                                   std::uint16_t default_port) {
  std::vector<PeerEndpoint> peers;
  if (const auto named = named_broker(line, default_port)) peers.emplace_back(*named);
  if (others.empty() && peers.empty()) peers.emplace_back(default_broker(default_port));
  for (const std::string& other : others) {
    const auto peer = parse_destination(other, default_port);
    if (!peer) throw UsageError(peer.problem());
    peers.push_back(*peer);
  }
  return peers;
}

std::vector<PeerEndpoint> destinations_in(const CommandLine& line, const std::string& option,
                                          std::uint16_t default_port) {
  auto destinations = line.values(option, [default_port](std::string_view text) {
    return parse_destination(text, default_port);
  });
  if (const PeerEndpoint* const repeated = repeated_in(destinations))
    throw UsageError(fmt::format("--{}={} is given twice", option, text_of(*repeated)));
  return destinations;
}

}  // namespace vtp
