#include "lib/sessions/event_loop.h"

#include <utility>

#include "lib/net/coroutine.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {

EventLoop::EventLoop(asio::io_context& context, TlsGateOptions tls, ReceiverOptions receiver,
                     BroadcasterOptions broadcaster, EventLog& events, const Clock& clock,
                     const Diagnostics& diagnostics, PeerDiagnostics& peer_diagnostics,
                     const PeerRegister* peers)
    : context_(context),
      diagnostics_(diagnostics),
      peer_diagnostics_(peer_diagnostics),
      peers_(peers),
      gate_(std::move(tls), diagnostics, peer_diagnostics),
      receiver_(context.get_executor(), std::move(receiver), worker_, events, clock, diagnostics,
                peer_diagnostics),
      broadcaster_(context.get_executor(), std::move(broadcaster), worker_, events, clock,
                   diagnostics, peer_diagnostics) {}

// Before the sessions that wait for it are destroyed.
EventLoop::~EventLoop() { worker_.stop(); }

void EventLoop::welcome_author(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat) {
  welcome(receiver_, Side::author, std::move(socket), std::move(peer), std::move(seat));
}

void EventLoop::welcome_subscriber(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat) {
  welcome(broadcaster_, Side::subscriber, std::move(socket), std::move(peer), std::move(seat));
}

void EventLoop::turn_author_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                 std::string reason, ConnectionLimit::Seat seat) {
  const std::string name = peer.name;
  spawn(context_.get_executor(),
        turn_away(std::move(socket), std::move(peer), std::move(reason), std::move(seat)),
        [this, name](const std::exception_ptr& problem) { report(name, problem); });
}

// Sessions: Receiver or Broadcaster.
template <class Sessions>
void EventLoop::welcome(Sessions& sessions, Side side, std::shared_ptr<WatchedSocket> socket,
                        Peer peer, Seat seat) {
  const std::string name = peer.name;
  auto begun = peer.has_tls || peers_
                   ? session(sessions, side, std::move(socket), std::move(peer), std::move(seat))
                   : sessions.session(std::move(socket), std::move(peer), std::move(seat));
  spawn(context_.get_executor(), std::move(begun),
        [this, name](const std::exception_ptr& problem) { report(name, problem); });
}

// Once the peer is admitted, its session begins without a pause, so that renew_admissions() finds
// it.
template <class Sessions>
asio::awaitable<void> EventLoop::session(Sessions& sessions, Side side,
                                         std::shared_ptr<WatchedSocket> socket, Peer peer,
                                         Seat seat) {
  if (peer.has_tls) {
    const auto how = co_await gate_.admit(*socket, peer);
    if (how == ServerHandshake::How::plain)
      co_await receiver_.turn_away(std::move(socket), std::move(peer), for_tls, std::move(seat));
    if (how != ServerHandshake::How::done) co_return;
  }
  std::optional<Admission> admission;
  if (peers_) {
    auto decision = peers_->admit(peer, side);
    if (const auto* refused = std::get_if<NotAdmitted>(&decision)) {
      tell_not_admitted(peer, *refused);
      co_await sessions.turn_away(std::move(socket), std::move(peer), refused->reason,
                                  std::move(seat));
      co_return;
    }
    admission.emplace(std::get<Admission>(std::move(decision)));
    peer.known_as = admission->name();
  }
  co_await sessions.session(std::move(socket), std::move(peer), std::move(seat),
                            std::move(admission));
}

void EventLoop::tell_not_admitted(const Peer& peer, const NotAdmitted& why) {
  auto lines = peer_diagnostics_.session(peer.name);
  lines.warning("Connection from {} turned away: {}", peer.name, why.line);
}

asio::awaitable<void> EventLoop::turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                           std::string reason, ConnectionLimit::Seat seat) {
  if (peer.has_tls) {
    const auto how = co_await gate_.admit(*socket, peer);
    if (how != ServerHandshake::How::done) co_return;
  }
  co_await receiver_.turn_away(std::move(socket), std::move(peer), std::move(reason),
                               std::move(seat));
}

// Peers never cause an exception; others, such as lack of memory, end one session.
void EventLoop::report(const std::string& peer, const std::exception_ptr& problem) const {
  if (problem) diagnostics_.error("Session with {} failed: {}", peer, reason_of(problem));
}

}  // namespace vtp
