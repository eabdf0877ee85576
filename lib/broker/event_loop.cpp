#include "lib/broker/event_loop.h"

#include <utility>

#include "lib/net/coroutine.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {

EventLoop::EventLoop(asio::io_context& context, TlsGateOptions tls, ReceiverOptions receiver,
                     BroadcasterOptions broadcaster, EventLog& events, const Clock& clock,
                     const Diagnostics& diagnostics, PeerDiagnostics& peer_diagnostics)
    : context_(context),
      diagnostics_(diagnostics),
      gate_(std::move(tls), diagnostics, peer_diagnostics),
      receiver_(context.get_executor(), std::move(receiver), worker_, events, clock, diagnostics,
                peer_diagnostics),
      broadcaster_(context.get_executor(), std::move(broadcaster), worker_, events, clock,
                   diagnostics, peer_diagnostics) {}

// Before the sessions that wait for it are destroyed.
EventLoop::~EventLoop() { worker_.stop(); }

void EventLoop::welcome_author(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat) {
  welcome(receiver_, std::move(socket), std::move(peer), std::move(seat));
}

void EventLoop::welcome_subscriber(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat) {
  welcome(broadcaster_, std::move(socket), std::move(peer), std::move(seat));
}

void EventLoop::turn_author_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                 std::string reason, ConnectionLimit::Seat seat) {
  const std::string name = peer.name;
  spawn(context_.get_executor(),
        turn_away(std::move(socket), std::move(peer), std::move(reason), std::move(seat)),
        [this, name](const std::exception_ptr& problem) { report(name, problem); });
}

// Side: Receiver or Broadcaster, each with its sessions.
template <class Side>
void EventLoop::welcome(Side& side, std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat) {
  const std::string name = peer.name;
  auto session = peer.has_tls
                     ? session_by_tls(side, std::move(socket), std::move(peer), std::move(seat))
                     : side.session(std::move(socket), std::move(peer.name), std::move(seat));
  spawn(context_.get_executor(), std::move(session),
        [this, name](const std::exception_ptr& problem) { report(name, problem); });
}

template <class Side>
asio::awaitable<void> EventLoop::session_by_tls(Side& side, std::shared_ptr<WatchedSocket> socket,
                                                Peer peer, Seat seat) {
  const auto how = co_await gate_.admit(*socket, peer);
  if (how == ServerHandshake::How::done)
    co_await side.session(std::move(socket), std::move(peer.name), std::move(seat));
  else if (how == ServerHandshake::How::plain && seat)
    co_await receiver_.turn_away(std::move(socket), std::move(peer.name), for_tls,
                                 *std::move(seat));
}

asio::awaitable<void> EventLoop::turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                           std::string reason, ConnectionLimit::Seat seat) {
  if (peer.has_tls) {
    const auto how = co_await gate_.admit(*socket, peer);
    if (how != ServerHandshake::How::done) co_return;
  }
  co_await receiver_.turn_away(std::move(socket), std::move(peer.name), std::move(reason),
                               std::move(seat));
}

// Peers never cause an exception; others, such as lack of memory, end one session.
void EventLoop::report(const std::string& peer, const std::exception_ptr& problem) const {
  if (problem) diagnostics_.error("Session with {} failed: {}", peer, reason_of(problem));
}

}  // namespace vtp
