#include "lib/net/peer.h"

#include <cstring>

#include "lib/net/endpoint.h"

namespace vtp {

std::optional<asio::ip::tcp::endpoint> tcp_end(
    const asio::generic::stream_protocol::endpoint& end) {
  const int family = end.protocol().family();
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  asio::ip::tcp::endpoint tcp;
  std::memcpy(tcp.data(), end.data(), end.size());
  return tcp;
}

std::string text_of(const Peer& peer) {
  return peer.known_as.empty() ? peer.name : peer.known_as + " (" + peer.name + ")";
}

Peer peer_at(const asio::generic::stream_protocol::endpoint& end, const std::string& unix_path) {
  const auto tcp = tcp_end(end);
  if (!tcp) return {.name = "unix:" + unix_path, .address = std::nullopt};
  return {.name = text_of(TcpEndpoint{tcp->address().to_string(), tcp->port()}),
          .address = tcp->address()};
}

}  // namespace vtp
