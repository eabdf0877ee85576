// An event loop: one network thread of a broker, with its Asio context, the sessions on it, and the
// worker that does its slow work.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "lib/base/diagnostics.h"
#include "lib/net/peer.h"
#include "lib/net/worker.h"
#include "lib/peers/admission.h"
#include "lib/sessions/broadcaster.h"
#include "lib/sessions/figures.h"
#include "lib/sessions/peer_status.h"
#include "lib/sessions/receiver.h"
#include "lib/sessions/tls_gate.h"
#include "lib/store/event_log.h"

namespace vtp {

// Functions run on the thread that runs the context, unless they say any thread.
class EventLoop {
 public:
  // All arguments must live longer; but `events` must end before the context, whose sessions it
  // resumes. peers: decides who is admitted; nullptr: everybody is.
  EventLoop(asio::io_context& context, TlsGateOptions tls, ReceiverOptions receiver,
            BroadcasterOptions broadcaster, EventLog& events, const Clock& clock,
            const Diagnostics& diagnostics, PeerDiagnostics& peer_diagnostics,
            const PeerRegister* peers = nullptr);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] asio::io_context& context() { return context_; }
  [[nodiscard]] Worker& worker() { return worker_; }

  // Begin a session with a socket of this context, after a TLS handshake if the peer is to use TLS.
  // Any thread.
  using Seat = std::optional<ConnectionLimit::Seat>;
  void welcome_author(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat);
  void turn_author_away(std::shared_ptr<WatchedSocket> socket, Peer peer, std::string reason,
                        ConnectionLimit::Seat seat);
  void welcome_subscriber(std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat);

  // The list of peers was replaced: sessions that it does not admit any more end, and the others
  // have the limits of the new list.
  void renew_admissions() {
    receiver_.renew_admissions();
    broadcaster_.renew_admissions();
  }

  // The peers that are connected now, behind the others in `peers`.
  void describe(std::vector<PeerStatus>& peers) const {
    receiver_.describe(peers);
    broadcaster_.describe(peers);
  }

  // Any thread.
  [[nodiscard]] const AuthorFigures& author_figures() const { return receiver_.figures(); }
  [[nodiscard]] const SubscriberFigures& subscriber_figures() const {
    return broadcaster_.figures();
  }

  // As Receiver::finish and Broadcaster::finish; the former also ends all handshakes.
  [[nodiscard]] asio::awaitable<void> finish_authors(std::chrono::steady_clock::time_point end) {
    gate_.finish();
    return receiver_.finish(end);
  }
  [[nodiscard]] asio::awaitable<void> finish_subscribers(
      std::chrono::steady_clock::time_point end) {
    return broadcaster_.finish(end);
  }

 private:
  template <class Sessions>
  void welcome(Sessions& sessions, Side side, std::shared_ptr<WatchedSocket> socket, Peer peer,
               Seat seat);
  template <class Sessions>
  asio::awaitable<void> session(Sessions& sessions, Side side,
                                std::shared_ptr<WatchedSocket> socket, Peer peer, Seat seat);
  asio::awaitable<void> turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                  std::string reason, ConnectionLimit::Seat seat);
  void tell_not_admitted(const Peer& peer, const NotAdmitted& why);
  void report(const std::string& peer, const std::exception_ptr& problem) const;

  asio::io_context& context_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peer_diagnostics_;
  const PeerRegister* const peers_;
  Worker worker_;
  TlsGate gate_;
  Receiver receiver_;
  Broadcaster broadcaster_;
};

}  // namespace vtp
