// The broker's sessions with subscribers: sends each the events of the log, in order, and receives
// its requests and acknowledgements.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/diagnostics.h"
#include "lib/net/budget.h"
#include "lib/net/connection.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/worker.h"
#include "lib/peers/admission.h"
#include "lib/sessions/delivery_sample.h"
#include "lib/sessions/figures.h"
#include "lib/sessions/peer_status.h"
#include "lib/sessions/rounds.h"
#include "lib/sessions/selector.h"
#include "lib/store/event_log.h"
#include "lib/vtp/resumption.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct SubscriberSession;

struct BroadcasterOptions {
  std::string local_ivo;  // the broker's own IVOID
  // The timeout for the answer to the greeting, so that a subscriber's filters apply from the first
  // event.
  std::chrono::milliseconds greeting_timeout{1'000};
  std::chrono::milliseconds alive_interval{60'000};   // between iamalives
  std::size_t max_message = 128 * 1024;               // bytes of one message from a subscriber
  std::chrono::milliseconds message_timeout{20'000};  // timeout for the rest of a message
  // The longest wait for the event after which a subscriber resumes, if it wishes to wait; shorter
  // than its own timeout for our answer (SubscriberOptions::resume_timeout).
  std::chrono::milliseconds resume_wait{5'000};
  MemoryBudget* memory = nullptr;  // the budget for all of it; nullptr: none
};

// Serves any number of subscribers on one thread, that of the executor. A subscriber is a cursor in
// the log, not a queue: however far it falls behind, and whether or not it reads, it needs at most
// 64 kB, or the size of the one event that is being sent to it if that is larger; up to 160 kB more
// while it catches up and memory is plentiful. This thread sends events from memory to subscribers
// without filters; the worker reads from disk and evaluates filters. All arguments must live
// longer.
class Broadcaster {
 public:
  // peer_diagnostics: for the lines that peers cause.
  Broadcaster(asio::any_io_executor executor, BroadcasterOptions options, Worker& worker,
              EventLog& events, const Clock& clock, const Diagnostics& diagnostics,
              PeerDiagnostics& peer_diagnostics);
  ~Broadcaster();

  // One subscriber's session (VOEvent Transport Protocol 2.0, section 4.2; vtp.md, Filtering):
  // authenticate; then, after the answer or after a second, each event that was appended since the
  // subscriber connected and that passes its filters; an iamalive every minute. A subscriber whose
  // first answer says where to begin (vtp(7); resumption.h) gets all events of the log from there
  // on; it is told their number before they are searched, and when it has received them. The
  // session ends when the subscriber leaves, sends an invalid message, takes too long over a
  // message, or leaves two iamalives unanswered. Acknowledgements are counted; the session never
  // waits for them. Never throws because of a peer. seat: its seat in a ConnectionLimit, idle until
  // the subscriber has sent something. admission: what it may see; nothing: there is no list of
  // peers.
  [[nodiscard]] asio::awaitable<void> session(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                              std::optional<ConnectionLimit::Seat> seat = {},
                                              std::optional<Admission> admission = {});

  // Tells a peer that may not subscribe the reason in a nak, if the connection is over TLS: on a
  // plain one, programs that do not know such a nak are only closed. Ends within 2 s. reason: as
  // after subscription_rejected.
  [[nodiscard]] asio::awaitable<void> turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                                std::string reason,
                                                std::optional<ConnectionLimit::Seat> seat);

  // The list of peers was replaced: those that it admits no more are disconnected, within 2 s; the
  // filters of the others are the new ones for all events that are not being sent yet.
  void renew_admissions();

  // The subscribers that are connected now, without their lags, behind the others in `peers`.
  void describe(std::vector<PeerStatus>& peers) const;

  // Any thread.
  [[nodiscard]] const SubscriberFigures& figures() const { return figures_; }

  // Sessions end when they have sent all of the log; those that have not at `end` are cut off.
  // Resumes when there are none; new sessions end at once.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  struct EndAtLast;
  using TimePoint = std::chrono::steady_clock::time_point;

  std::shared_ptr<SubscriberSession> begin_session(std::shared_ptr<WatchedSocket> socket,
                                                   const Peer& peer,
                                                   std::optional<ConnectionLimit::Seat> seat,
                                                   std::optional<Admission> admission);
  void remove(SubscriberSession& session);
  void watch_messages();
  void drop_slow_messages();
  asio::awaitable<void> send_events(SubscriberSession& session);
  asio::awaitable<void> await_greeting(SubscriberSession& session);
  asio::awaitable<bool> resume(SubscriberSession& session);
  asio::awaitable<bool> send_pending(SubscriberSession& session, TimePoint until);
  asio::awaitable<std::vector<LogEntry>> take_pending(SubscriberSession& session, TimePoint until);
  [[nodiscard]] std::size_t size_to_select() const;
  asio::awaitable<void> await_memory(SubscriberSession& session);
  asio::awaitable<bool> tell_slowed(SubscriberSession& session);
  void take_nak(SubscriberSession& session, const Transport& message);
  asio::awaitable<bool> send_caught_up(SubscriberSession& session);
  asio::awaitable<bool> send_alive(SubscriberSession& session);
  asio::awaitable<bool> send(SubscriberSession& session,
                             std::span<const std::string_view> payloads);
  asio::awaitable<bool> send(SubscriberSession& session, TransportRole role,
                             std::vector<Param> params = {});
  asio::awaitable<void> wait(SubscriberSession& session,
                             std::chrono::steady_clock::time_point until);
  asio::awaitable<void> hear(std::shared_ptr<SubscriberSession> session);
  asio::awaitable<void> take(SubscriberSession& session, const Transport& message);
  asio::awaitable<void> note_wishes(SubscriberSession& session, const Transport& message);
  static void report(SubscriberSession& session, const std::vector<std::string>& problems);
  asio::awaitable<void> compile(SubscriberSession& session, std::vector<std::string> texts);
  asio::awaitable<void> compile_again(std::shared_ptr<SubscriberSession> session);
  [[nodiscard]] std::string refusal(const std::string& reason) const;
  void remove_peer(SubscriberSession& session);
  asio::awaitable<void> say_goodbye(SubscriberSession& session);
  void tell_missed(SubscriberSession& session);

  asio::any_io_executor executor_;
  BroadcasterOptions options_;
  EventLog& events_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peer_diagnostics_;
  Selector selector_;
  SubscriberFigures figures_;
  DeliverySample sample_;
  std::set<SubscriberSession*> sessions_;
  asio::steady_timer watch_;  // for incomplete messages
  bool finishing_ = false;
  asio::steady_timer all_done_;  // cancelled when the last session has ended
  Rounds rounds_;                // destroyed first, since it wakes sessions
};

}  // namespace vtp
