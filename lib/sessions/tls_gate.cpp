#include "lib/sessions/tls_gate.h"

#include <utility>

namespace vtp {
namespace {

// Is in the set while it lives.
class Member {
 public:
  Member(std::set<WatchedSocket*>& set, WatchedSocket& socket) : set_(set), socket_(socket) {
    set_.insert(&socket_);
  }
  ~Member() { set_.erase(&socket_); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

 private:
  std::set<WatchedSocket*>& set_;
  WatchedSocket& socket_;
};

}  // namespace

TlsGate::TlsGate(TlsGateOptions options, const Diagnostics& diagnostics,
                 PeerDiagnostics& peer_diagnostics)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      peer_diagnostics_(peer_diagnostics) {}

asio::awaitable<ServerHandshake::How> TlsGate::admit(WatchedSocket& socket, Peer& peer) {
  using enum ServerHandshake::How;
  if (finishing_) co_return stopped;
  const Member member(shaking_, socket);
  const ServerHandshake end =
      co_await serve_handshake(socket, *options_.server, peer, options_.timeout);
  if (end.how == plain || end.how == failed) {
    auto lines = peer_diagnostics_.session(peer.name);
    lines.warning("Connection from {} closed: {}", peer.name, end.problem);
  } else if (end.how == done) {
    diagnostics_.debug("{} uses TLS{}; its key is {}", peer.name,
                       socket.tls()->is_resumed() ? ", in an earlier session" : "",
                       peer.certificate ? peer.certificate->fingerprint : "not known");
  }
  co_return end.how;
}

void TlsGate::finish() {
  finishing_ = true;
  for (WatchedSocket* socket : shaking_)
    socket->stop();
}

}  // namespace vtp
