#include "lib/net/peer.h"

#include <asio/local/stream_protocol.hpp>

#include "tests/support/catch.h"

namespace vtp {

using asio::ip::make_address;
using asio::ip::tcp;

TEST_CASE("a peer is named by address and port") {
  const Peer v4 = peer_at(tcp::endpoint(make_address("127.0.0.1"), 8098), "");
  CHECK(v4.name == "127.0.0.1:8098");
  CHECK(v4.address == make_address("127.0.0.1"));
  CHECK(peer_at(tcp::endpoint(make_address("2001:db8::1"), 1), "").name == "[2001:db8::1]:1");
}

TEST_CASE("a peer in the file system is named by the path, and has no address") {
  const Peer peer = peer_at(asio::local::stream_protocol::endpoint("/tmp/s"), "/run/brokerd.sock");
  CHECK(peer.name == "unix:/run/brokerd.sock");
  CHECK_FALSE(peer.address);
  CHECK_FALSE(tcp_end(asio::local::stream_protocol::endpoint("/tmp/s")));
}

}  // namespace vtp
