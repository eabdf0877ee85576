// Waiting for peers to connect.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_socket_acceptor.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/peer.h"
#include "lib/socket.h"

namespace vtp {

// One bound socket. One thread: that of its executor.
class Listener {
 public:
  // Takes a connection that was let in.
  using Welcome = std::function<void(std::shared_ptr<WatchedSocket>, Peer)>;

  // Gives the executor that the next connection's socket is to have.
  using Host = std::function<asio::any_io_executor()>;

  // Binds every address of the endpoint, IPv4 and IPv6, each with a listener of its own; nobody can
  // connect yet. Port 0 picks one port for all of them. A socket in the file system that nobody
  // listens on any more is replaced. Throws std::runtime_error, in one line, if any address cannot
  // be had.
  [[nodiscard]] static std::vector<std::unique_ptr<Listener>> bind(asio::any_io_executor executor,
                                                                   const Endpoint& endpoint);

  // Removes its socket from the file system.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Where it listens, with the port that was picked: "127.0.0.1:8098", "[::]:8098", "unix:/path".
  [[nodiscard]] const std::string& place() const { return place_; }

  // From now on peers can connect. Throws std::runtime_error.
  void open();

  // Hands every connection to `welcome` until close(). A peer whose address lies in none of the
  // ranges is turned away with a log line; one that came through the file system was let in by its
  // permissions. When file descriptors or memory run out it says so once, waits, and goes on when
  // there are some. host: asked for each connection, where it is to live; empty: with the listener.
  [[nodiscard]] asio::awaitable<void> serve(std::vector<AddressRange> allowed, const Log& log,
                                            Welcome welcome, Host host = {});

  // Ends serve(); peers can connect no more.
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  Listener(Acceptor acceptor, std::string unix_path);

  Acceptor acceptor_;
  std::string place_;
  std::string unix_path_;  // empty: not in the file system
};

}  // namespace vtp
