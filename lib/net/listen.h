// Listening on an endpoint and accepting connections.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "lib/base/diagnostics.h"
#include "lib/net/endpoint.h"
#include "lib/net/peer.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/socket.h"

namespace vtp {

// One bound socket. One thread: that of its executor.
class Listener {
 public:
  // Takes over an accepted connection.
  using Welcome = std::function<void(std::shared_ptr<WatchedSocket>, Peer)>;

  // Returns the executor for the socket of the next connection.
  using Host = std::function<asio::any_io_executor()>;

  // Binds every address of the endpoint, IPv4 and IPv6, each with its own listener. With port 0,
  // one port is chosen for all of them. Until open(), connections to a port are refused. A unix
  // socket listens at once, so that no other program takes it for an abandoned one; peers that
  // connect wait for serve(). An abandoned socket, on which no program listens, is replaced.
  // Brokers that start at the same time take turns, by a lock on the folder (flock(2)) that each
  // holds until its socket listens; if the folder cannot be locked within 1 s, it proceeds without.
  // Throws std::runtime_error, with one line, if an address cannot be bound.
  [[nodiscard]] static std::vector<std::unique_ptr<Listener>> bind(asio::any_io_executor executor,
                                                                   const Endpoint& endpoint);

  // The same for all of these endpoints.
  [[nodiscard]] static std::vector<std::unique_ptr<Listener>> bind(
      const asio::any_io_executor& executor, const std::vector<Endpoint>& endpoints);

  // As close().
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Where it listens, with the port that was chosen: "127.0.0.1:8098", "tls:[::]:8098", "unix:/path".
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  // Peers can connect from now on. Throws std::runtime_error.
  void open();

  // Passes each connection to `welcome` until close(). A peer whose address is in none of the
  // ranges is turned away with a line in the diagnostics (peer_diagnostics.h), and passed to `stranger`, if
  // given, which may tell it the reason. A peer on a unix socket is allowed by the permissions of
  // the file. When file descriptors or memory run out, also in `welcome`, it reports that once,
  // waits, and continues when there are some. After an exception it may be called again. host:
  // called for each connection, for its executor; empty: the listener's. At an endpoint with TLS,
  // Peer::has_tls is set, and the handshake is up to those who take the connection.
  [[nodiscard]] asio::awaitable<void> serve(std::vector<AddressRange> allowed,
                                            const Diagnostics& diagnostics, Welcome welcome,
                                            Host host = {}, Welcome stranger = {});

  // Replaces the ranges that were given to serve().
  void allow(std::vector<AddressRange> allowed) { allowed_ = std::move(allowed); }

  // Ends serve(); no more peers can connect. Removes its unix socket from the file system, unless
  // another file has replaced it.
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  Listener(Acceptor acceptor, const Endpoint& endpoint);

  void take(StreamSocket socket, const asio::generic::stream_protocol::endpoint& end,
            const std::vector<AddressRange>& allowed, PeerDiagnostics& strangers,
            const Welcome& welcome, const Welcome& stranger);
  [[nodiscard]] bool is_at_path() const;

  Acceptor acceptor_;
  std::string endpoint_;
  std::string unix_path_;  // empty: not a unix socket
  bool has_tls_;
  std::vector<AddressRange> allowed_;
  bool loopback_told_ = false;  // forgotten_loopback() was reported
  struct stat bound_ {};        // identifies our socket's file
};

}  // namespace vtp
