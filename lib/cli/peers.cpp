#include "lib/cli/peers.h"

#include "lib/base/text.h"

namespace vtp {
namespace {

Result<std::uint16_t> parse_peer_port(std::string_view text) {
  const auto port = parse_port(text);
  if (port && *port == 0) return Problem{"nobody can be reached at port 0"};
  return port;
}

}  // namespace

std::vector<Endpoint> peers_in(const CommandLine& line, const std::vector<std::string>& others,
                               std::uint16_t default_port) {
  std::vector<Endpoint> peers;
  if (others.empty() || line.text("host") || line.text("port")) {
    const auto port = line.value("port", parse_peer_port, default_port);
    const auto host = [&](std::string_view text) { return parse_peer(text, port); };
    peers.push_back(line.value("host", host, Endpoint{TcpEndpoint{"localhost", port}}));
  }
  for (const std::string& other : others) {
    const auto peer = parse_peer(other, default_port);
    if (!peer) throw UsageError(peer.problem());
    peers.push_back(*peer);
  }
  return peers;
}

}  // namespace vtp
