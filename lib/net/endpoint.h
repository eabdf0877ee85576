// Endpoints, where a program listens or connects, as people write them; and ranges of addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/ip/address.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>

#include "lib/base/result.h"

namespace vtp {

struct TcpEndpoint {
  std::string host;  // a name or address, IPv6 without brackets; empty: all local addresses
  std::uint16_t port = 0;
  bool has_tls = false;  // VTP goes over TLS there

  bool operator==(const TcpEndpoint&) const = default;
};

struct UnixEndpoint {
  std::string path;

  bool operator==(const UnixEndpoint&) const = default;
};

using Endpoint = std::variant<TcpEndpoint, UnixEndpoint>;

// "host:port", "[::1]:8098", "tls:host:port", "unix:/path": text that parse_peer or parse_listen
// takes for the same endpoint.
[[nodiscard]] std::string text_of(const Endpoint& endpoint);

[[nodiscard]] bool has_tls(const Endpoint& endpoint);

// Of each; and all of them, joined by `|`.
[[nodiscard]] std::vector<std::string> texts_of(const std::vector<Endpoint>& endpoints);
[[nodiscard]] std::string text_of(const std::vector<Endpoint>& endpoints);

// A peer to connect to: `host`, `host:port`, `[::1]`, `[::1]:8098`, `::1`, any of these after
// `tcp:` or `tls:`, or `unix:/path`. No name is resolved. Control characters are refused, here and in
// parse_listen. For a URL, or a path without `unix:`, the problem shows the right form. Port 0 is
// refused.
[[nodiscard]] Result<Endpoint> parse_peer(std::string_view text, std::uint16_t default_port);

// An endpoint to listen on: `port`, `address:port`, `[::1]:port`, any of these after `tcp:` or `tls:`, or
// `unix:/path`. An address alone uses the default port. With port 0 the system chooses one.
[[nodiscard]] Result<Endpoint> parse_listen(std::string_view text, std::uint16_t default_port);

// A range of addresses in CIDR notation (RFC 4632): "127.0.0.0/8", "::1/128", or a single address;
// for IPv4 also with a netmask, "127.0.0.0/255.0.0.0". An IPv4 address that is mapped into IPv6
// counts as IPv4. The zone of an IPv6 address (%eth0) is ignored, and a range has none.
class AddressRange {
 public:
  // A range with bits set after its prefix is refused, since it is probably a mistake.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const asio::ip::address& address) const;

  // "192.0.2.0/24", "::1/128": the same text for the same range.
  [[nodiscard]] std::string text() const;

  // All of its addresses are this machine's: 127.0.0.0/8, ::1, or a part of these.
  [[nodiscard]] bool is_loopback() const;

 private:
  using Network = std::variant<asio::ip::network_v4, asio::ip::network_v6>;
  explicit AddressRange(Network network) : network_(network) {}

  Network network_;
};

// Whether only programs on this machine are there: a unix socket, a loopback address, or the name
// localhost. No other name is resolved.
[[nodiscard]] bool is_on_this_machine(const Endpoint& endpoint);

// 127.0.0.0/8 and ::1/128: only this machine.
[[nodiscard]] std::vector<AddressRange> loopback_ranges();

// 0.0.0.0/0 and ::/0: all addresses.
[[nodiscard]] std::vector<AddressRange> all_ranges();

[[nodiscard]] bool any_contains(const std::vector<AddressRange>& ranges,
                                const asio::ip::address& address);

}  // namespace vtp
