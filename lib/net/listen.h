// Waiting for peers to connect.
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

#include "lib/base/log.h"
#include "lib/net/endpoint.h"
#include "lib/net/peer.h"
#include "lib/net/peer_log.h"
#include "lib/net/socket.h"

namespace vtp {

// One bound socket. One thread: that of its executor.
class Listener {
 public:
  // Takes a connection that was let in.
  using Welcome = std::function<void(std::shared_ptr<WatchedSocket>, Peer)>;

  // Gives the executor that the next connection's socket is to have.
  using Host = std::function<asio::any_io_executor()>;

  // Binds every address of the endpoint, IPv4 and IPv6, each with a listener of its own. Port 0 picks
  // one port for all of them. Until open(), connections to a port are refused. A socket in the file
  // system listens at once, so that no other program takes it for one that was left behind; who
  // connects waits for serve(). One that was left behind is replaced: nobody listens on it. Brokers
  // that start at the same moment take turns, by a lock on the folder (flock(2)) that each holds until
  // its socket listens; where the folder cannot be locked within 1 s, it goes on without.
  // Throws std::runtime_error, in one line, if any address cannot be had.
  [[nodiscard]] static std::vector<std::unique_ptr<Listener>> bind(asio::any_io_executor executor,
                                                                   const Endpoint& endpoint);

  // As close().
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Where it listens, with the port that was picked: "127.0.0.1:8098", "[::]:8098", "unix:/path".
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

  // From now on peers can connect. Throws std::runtime_error.
  void open();

  // Hands every connection to `welcome` until close(). A peer whose address lies in none of the
  // ranges is turned away with a log line (peer_log.h), and goes to `stranger`, if there is one, which may tell
  // it why; one that came through the file system was let in
  // by its permissions. When file descriptors or memory run out, also in `welcome`, it says so once,
  // waits, and goes on when there are some. If it is ended by what it throws, it may be called again.
  // host: asked for each connection, where it is to live; empty: with the listener.
  [[nodiscard]] asio::awaitable<void> serve(std::vector<AddressRange> allowed, const Log& log,
                                            Welcome welcome, Host host = {}, Welcome stranger = {});

  // From now on these ranges count, in place of those that serve() was given.
  void allow(std::vector<AddressRange> allowed) { allowed_ = std::move(allowed); }

  // Ends serve(); peers can connect no more. Removes its socket from the file system, unless another
  // file has its place.
  void close();

 private:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  Listener(Acceptor acceptor, std::string unix_path);

  void take(StreamSocket socket, const asio::generic::stream_protocol::endpoint& end,
            const std::vector<AddressRange>& allowed, PeerLog& strangers, const Welcome& welcome,
            const Welcome& stranger);
  [[nodiscard]] bool is_at_path() const;

  Acceptor acceptor_;
  std::string endpoint_;
  std::string unix_path_;  // empty: not in the file system
  std::vector<AddressRange> allowed_;
  bool loopback_told_ = false;  // that one of this machine's two addresses is not allowed
  struct stat bound_ {};        // the socket there that is ours
};

}  // namespace vtp
