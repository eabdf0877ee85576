#include "lib/broker/event_loop.h"

#include <utility>

#include "lib/net/coroutine.h"

namespace vtp {

EventLoop::EventLoop(asio::io_context& context, ReceiverOptions receiver,
                     BroadcasterOptions broadcaster, EventLog& events, const Clock& clock,
                     const Diagnostics& diagnostics, PeerDiagnostics& peer_diagnostics)
    : context_(context),
      diagnostics_(diagnostics),
      receiver_(context.get_executor(), std::move(receiver), worker_, events, clock, diagnostics,
                peer_diagnostics),
      broadcaster_(context.get_executor(), std::move(broadcaster), worker_, events, clock,
                   diagnostics, peer_diagnostics) {}

// Before the sessions that wait for it are destroyed.
EventLoop::~EventLoop() { worker_.stop(); }

void EventLoop::welcome_author(std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                               Seat seat) {
  welcome(receiver_, std::move(socket), peer, std::move(seat));
}

void EventLoop::turn_author_away(std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                                 std::string reason, ConnectionLimit::Seat seat) {
  spawn(context_.get_executor(),
        receiver_.turn_away(std::move(socket), peer, std::move(reason), std::move(seat)),
        [this, peer](const std::exception_ptr& problem) { report(peer, problem); });
}

void EventLoop::welcome_subscriber(std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                                   Seat seat) {
  welcome(broadcaster_, std::move(socket), peer, std::move(seat));
}

// Side: Receiver or Broadcaster, each with its sessions.
template <class Side>
void EventLoop::welcome(Side& side, std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                        Seat seat) {
  spawn(context_.get_executor(), side.session(std::move(socket), peer, std::move(seat)),
        [this, peer](const std::exception_ptr& problem) { report(peer, problem); });
}

// Peers never cause an exception; others, such as lack of memory, end one session.
void EventLoop::report(const std::string& peer, const std::exception_ptr& problem) const {
  if (problem) diagnostics_.error("Session with {} failed: {}", peer, reason_of(problem));
}

}  // namespace vtp
