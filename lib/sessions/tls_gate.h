// The handshakes of peers that connect to an endpoint with TLS, on one event loop.
#pragma once

#include <chrono>
#include <memory>
#include <set>

#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/net/peer.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/socket.h"
#include "lib/net/tls_handshake.h"
#include "lib/tls/server.h"

namespace vtp {

struct TlsGateOptions {
  std::shared_ptr<TlsServer> server;          // nullptr: no endpoint has TLS
  std::chrono::milliseconds timeout{10'000};  // for a handshake
};

// One thread.
class TlsGate {
 public:
  // All must live longer.
  TlsGate(TlsGateOptions options, const Diagnostics& diagnostics,
          PeerDiagnostics& peer_diagnostics);

  // The handshake with a peer, whose certificate it sets. A failure is a line in the diagnostics. If
  // the result is `done`, the session can begin; if it is `plain`, the peer may be told so.
  [[nodiscard]] asio::awaitable<ServerHandshake::How> admit(WatchedSocket& socket, Peer& peer);

  // Ends all handshakes; new ones end at once.
  void finish();

 private:
  TlsGateOptions options_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peer_diagnostics_;
  std::set<WatchedSocket*> shaking_;  // those whose handshake is under way
  bool finishing_ = false;
};

}  // namespace vtp
