// Where a program listens or connects, as people write it, and which addresses are let in.
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
  std::string
      host;  // a name or address, IPv6 without brackets; empty: every address of this machine
  std::uint16_t port = 0;

  bool operator==(const TcpEndpoint&) const = default;
};

struct UnixEndpoint {
  std::string path;

  bool operator==(const UnixEndpoint&) const = default;
};

using Endpoint = std::variant<TcpEndpoint, UnixEndpoint>;

// "host:port", "[::1]:8098", "unix:/path"; what parse_peer or parse_listen takes for the same endpoint.
[[nodiscard]] std::string text_of(const Endpoint& endpoint);

// A peer to connect to: `host`, `host:port`, `[::1]`, `[::1]:8098`, `::1`, any of these after
// `tcp:`, or `unix:/path`. Nothing is resolved. No control characters, in this or the next; the problem
// of a URL, or of a path without `unix:`, shows how it is written. Port 0 is refused.
[[nodiscard]] Result<Endpoint> parse_peer(std::string_view text, std::uint16_t default_port);

// An endpoint to listen on: `port`, `address:port`, `[::1]:port`, any of these after `tcp:`, or
// `unix:/path`. An address alone takes the default port. Port 0 lets the system pick one.
[[nodiscard]] Result<Endpoint> parse_listen(std::string_view text, std::uint16_t default_port);

// A set of addresses in CIDR notation (RFC 4632): "127.0.0.0/8", "::1/128", or one address alone; for IPv4
// with a netmask as well, "127.0.0.0/255.0.0.0".
// An IPv4 address that comes mapped into IPv6 counts as IPv4. The zone of an IPv6 address (%eth0) does
// not count, and a range has none.
class AddressRange {
 public:
  // A range with bits set beyond its prefix is refused: somebody meant something else.
  [[nodiscard]] static Result<AddressRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const asio::ip::address& address) const;

 private:
  using Network = std::variant<asio::ip::network_v4, asio::ip::network_v6>;
  explicit AddressRange(Network network) : network_(network) {}

  Network network_;
};

// 127.0.0.0/8 and ::1/128: this machine only.
[[nodiscard]] std::vector<AddressRange> loopback_ranges();

// 0.0.0.0/0 and ::/0: everybody.
[[nodiscard]] std::vector<AddressRange> all_ranges();

[[nodiscard]] bool any_contains(const std::vector<AddressRange>& ranges,
                                const asio::ip::address& address);

}  // namespace vtp
