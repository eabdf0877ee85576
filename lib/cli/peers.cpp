#include "lib/cli/peers.h"

#include <algorithm>
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

}  // namespace

Result<PeerEndpoint> parse_any_peer(std::string_view text, std::uint16_t default_port,
                                    ParseKafka parse_topic) {
  const auto any = [](auto endpoint) -> Result<PeerEndpoint> {
    if (!endpoint) return Problem{endpoint.problem()};
    return PeerEndpoint{std::move(endpoint).value()};
  };
  return is_kafka(text) ? any(parse_topic(text)) : any(parse_peer(text, default_port));
}

std::vector<PeerEndpoint> peers_in(const CommandLine& line, const std::vector<std::string>& others,
                                   std::uint16_t default_port, ParseKafka parse_topic) {
  std::vector<PeerEndpoint> peers;
  if (others.empty() || line.text("host") || line.text("port")) {
    const auto port = line.value("port", parse_peer_port, default_port);
    const auto host = [&](std::string_view text) { return parse_peer(text, port); };
    peers.push_back(line.value("host", host, Endpoint{TcpEndpoint{"localhost", port}}));
  }
  for (const std::string& other : others) {
    const auto peer = parse_any_peer(other, default_port, parse_topic);
    if (!peer) throw UsageError(peer.problem());
    peers.push_back(*peer);
  }
  return peers;
}

std::vector<PeerEndpoint> destinations_in(const CommandLine& line, const std::string& option,
                                          std::uint16_t default_port) {
  auto destinations = line.values(option, [default_port](std::string_view text) {
    return parse_any_peer(text, default_port, parse_kafka_destination);
  });
  for (auto each = destinations.begin(); each != destinations.end(); ++each)
    if (std::find(destinations.begin(), each, *each) != each)
      throw UsageError(fmt::format("--{}={} is given twice", option, text_of(*each)));
  return destinations;
}

}  // namespace vtp
