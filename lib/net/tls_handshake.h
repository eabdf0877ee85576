// The TLS handshake of a new connection, on either side.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "lib/net/peer.h"
#include "lib/net/socket.h"
#include "lib/tls/client.h"
#include "lib/tls/server.h"

namespace vtp {

// How a handshake with a client ended.
struct ServerHandshake {
  enum class How {
    done,
    plain,   // the client sent something that is not TLS, or nothing at all before the deadline: it
             // may be told so without TLS, which the socket does not use any more
    failed,  // it closed, did not finish in time, or TLS failed
    stopped  // by WatchedSocket::stop()
  };
  How how = How::done;
  std::string problem;  // for people, unless it is done or stopped
};

// The server's side. Sets the peer's certificate. timeout: for all of it. The socket is left with its
// deadline. One thread, that of the socket's executor.
[[nodiscard]] asio::awaitable<ServerHandshake> serve_handshake(WatchedSocket& socket,
                                                               const TlsServer& server, Peer& peer,
                                                               std::chrono::milliseconds timeout);

// The client's side, until the deadline that the socket has: the problem, if there is one. host and
// port: as for TlsClient::connect. One thread, that of the socket's executor.
[[nodiscard]] asio::awaitable<std::optional<std::string>> begin_handshake(WatchedSocket& socket,
                                                                          const TlsClient& client,
                                                                          std::string host,
                                                                          std::uint16_t port);

}  // namespace vtp
