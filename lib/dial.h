// Connecting to a peer by the name that people gave for it.
#pragma once

#include <chrono>
#include <memory>

#include <asio/awaitable.hpp>

#include "lib/endpoint.h"
#include "lib/peer.h"
#include "lib/result.h"
#include "lib/socket.h"

namespace vtp {

struct Dialed {
  std::shared_ptr<WatchedSocket> socket;  // connected, without a deadline to come
  Peer peer;                              // the address that answered
};

// Resolves the name and tries every address of it in turn, each for its share of what is left of
// `patience`, until one answers. A host called localhost is tried over IPv4 first, where brokers
// that know only IPv4 listen. The problem says what was tried and why it failed. Runs on the
// caller's executor.
[[nodiscard]] asio::awaitable<Result<Dialed>> dial(Endpoint endpoint,
                                                   std::chrono::milliseconds patience);

}  // namespace vtp
