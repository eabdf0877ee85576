// Connecting to a peer by the name that people gave for it.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/generic/stream_protocol.hpp>

#include "lib/base/result.h"
#include "lib/net/endpoint.h"
#include "lib/net/peer.h"
#include "lib/net/socket.h"

namespace vtp {

struct Dialed {
  std::shared_ptr<WatchedSocket> socket;  // connected, without a deadline to come
  Peer peer;                              // the address that answered
};

// One attempt, which can be broken off. One thread: that of the coroutine's executor.
class Dialer {
 public:
  // Resolves the name and tries every address of it in turn, each for its share of what is left of
  // `patience`, until one answers. A host called localhost is tried over IPv4 first, where brokers
  // that know only IPv4 listen. The problem says what was tried and why it failed; that includes
  // descriptors, threads and memory that have run out, so that another try may succeed. Runs on the
  // caller's executor. Once.
  [[nodiscard]] asio::awaitable<Result<Dialed>> dial(Endpoint endpoint,
                                                     std::chrono::milliseconds patience);

  // Makes dial() fail now.
  void stop();

 private:
  using Addresses = std::vector<asio::generic::stream_protocol::endpoint>;

  asio::awaitable<Result<Dialed>> try_addresses(Endpoint endpoint,
                                                std::chrono::milliseconds patience);
  asio::awaitable<Result<Addresses>> addresses_of(Endpoint endpoint,
                                                  std::chrono::milliseconds patience);
  asio::awaitable<Result<Addresses>> resolve(TcpEndpoint endpoint,
                                             std::chrono::milliseconds patience);
  asio::awaitable<Result<std::shared_ptr<WatchedSocket>>> connect(
      asio::generic::stream_protocol::endpoint address, std::chrono::milliseconds patience);

  std::shared_ptr<WatchedSocket> under_way_;
  bool stopped_ = false;
};

}  // namespace vtp
