// The other end of a socket: its name for people, and its address for allow lists and limits.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>

#include "lib/tls/certificate.h"

namespace vtp {

struct Peer {
  std::string name;  // "127.0.0.1:8098", "[::1]:8098", "unix:/run/brokerd.sock"
  std::optional<asio::ip::address> address;              // none for a socket in the file system
  bool has_tls = false;                                  // the connection is encrypted
  std::shared_ptr<const PeerCertificate> certificate{};  // nullptr: it showed none
  std::string known_as{};  // its NAME in a list of known peers; empty: there is none
};

// For people: the peer's name, or if it is known "telescope (192.0.2.7:41234)".
[[nodiscard]] std::string text_of(const Peer& peer);

// The address and port of a socket's end; nothing for a unix socket.
[[nodiscard]] std::optional<asio::ip::tcp::endpoint> tcp_end(
    const asio::generic::stream_protocol::endpoint& end);

// The peer at a socket's end. unix_path: its name if it is a unix socket, whose own end has no
// name.
[[nodiscard]] Peer peer_at(const asio::generic::stream_protocol::endpoint& end,
                           const std::string& unix_path);

}  // namespace vtp
