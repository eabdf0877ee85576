// Connecting to a peer at an endpoint.
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "lib/base/result.h"
#include "lib/net/endpoint.h"
#include "lib/net/peer.h"
#include "lib/net/socket.h"
#include "lib/tls/client.h"

namespace vtp {

struct Dialed {
  std::shared_ptr<WatchedSocket> socket;  // connected, also by TLS; no deadline is set
  Peer peer;                              // the address that answered
};

// One attempt, which can be cancelled. One thread: that of the coroutine's executor.
class Dialer {
 public:
  // tls: for endpoints with TLS; nullptr: there are none.
  explicit Dialer(std::shared_ptr<const TlsClient> tls = nullptr) : tls_(std::move(tls)) {}

  // Resolves the name and tries all its addresses in turn until one answers; each gets an equal
  // share of the rest of `timeout`. The host localhost is tried over IPv4 first, since some
  // brokers listen only on IPv4. An address answers once TLS is there too. The problem says what was tried and why it failed; lack of
  // descriptors, threads or memory is such a problem, and a retry may succeed. Runs on the caller's
  // executor. Call it once.
  [[nodiscard]] asio::awaitable<Result<Dialed>> dial(Endpoint endpoint,
                                                     std::chrono::milliseconds timeout);

  // Makes dial() fail now.
  void stop();

 private:
  using Addresses = std::vector<asio::generic::stream_protocol::endpoint>;

  asio::awaitable<Result<Dialed>> try_addresses(Endpoint endpoint,
                                                std::chrono::milliseconds timeout);
  asio::awaitable<Result<Addresses>> addresses_of(Endpoint endpoint,
                                                  std::chrono::milliseconds timeout);
  asio::awaitable<Result<Addresses>> resolve(TcpEndpoint endpoint,
                                             std::chrono::milliseconds timeout);
  asio::awaitable<Result<std::shared_ptr<WatchedSocket>>> connect(
      asio::generic::stream_protocol::endpoint address, const TcpEndpoint* with_tls,
      std::chrono::milliseconds timeout);

  std::shared_ptr<const TlsClient> tls_;
  std::shared_ptr<WatchedSocket> under_way_;
  bool stopped_ = false;
};

}  // namespace vtp
