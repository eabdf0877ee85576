// The broker's sessions with authors: receives an event, checks it, stores it, replies.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
#include "lib/sessions/figures.h"
#include "lib/sessions/peer_status.h"
#include "lib/signature/verifier.h"
#include "lib/store/event_log.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/check.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct ReceiverOptions {
  std::string local_ivo;  // the broker's own IVOID, in every reply
  std::chrono::milliseconds timeout{
      20'000};                             // timeout for a whole event, and for reading the reply
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  MemoryBudget* memory = nullptr;          // the budget for events; nullptr: none
  Verifier* verifier = nullptr;            // checks signatures; nullptr: they are not looked at
};

// Serves any number of authors on one thread, that of the executor; no author waits for another's
// network, and all share the log's syncs. All arguments must live longer.
class Receiver {
 public:
  // peer_diagnostics: for the lines that peers cause.
  Receiver(asio::any_io_executor executor, ReceiverOptions options, Worker& worker,
           EventLog& events, const Clock& clock, const Diagnostics& diagnostics,
           PeerDiagnostics& peer_diagnostics);

  // One author's session, from the first byte to the last: event, reply, and so on while the author
  // keeps the connection and sends the next event in time (VOEvent Transport Protocol 2.0, section
  // 4.1). Never throws because of a peer. seat: its seat in a ConnectionLimit, idle while no event
  // is being received. admission: what it may send; nothing: there is no list of peers.
  [[nodiscard]] asio::awaitable<void> session(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                              std::optional<ConnectionLimit::Seat> seat = {},
                                              std::optional<Admission> admission = {});

  // Tells a peer that is not allowed to submit the reason in a nak, and ends within 2 s. reason: as
  // in rejection().
  [[nodiscard]] asio::awaitable<void> turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                                std::string reason,
                                                std::optional<ConnectionLimit::Seat> seat);

  // The list of peers was replaced: those that it admits no more are disconnected, after the reply
  // if their event is being answered.
  void renew_admissions();

  // The authors that are connected now, behind the others in `peers`.
  void describe(std::vector<PeerStatus>& peers) const;

  // Any thread.
  [[nodiscard]] const AuthorFigures& figures() const { return figures_; }

  // Sessions that wait for an event end at once, those with an event end after their reply, and
  // those that have not ended at `end` are cut off. Resumes when there are none; new sessions end
  // at once.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  struct Session;
  struct Judged;

  asio::awaitable<void> converse(Session& session);
  asio::awaitable<bool> take(Session& session, std::string payload);
  asio::awaitable<Judged> judge(Session& session, std::string_view payload);
  asio::awaitable<SignatureFinding> check_signature(const Session& session, EventPtr event);
  asio::awaitable<bool> refuse(Session& session, Fate fate, const std::string& ivorn,
                               const std::string& reason, Level level);
  [[nodiscard]] std::string nak(std::string_view origin, const std::string& result);
  asio::awaitable<bool> answer(Session& session, std::string document);
  void report_end(Session& session) const;

  asio::any_io_executor executor_;
  ReceiverOptions options_;
  EventLog& events_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peer_diagnostics_;
  Worker& worker_;
  Checker checker_;
  Checker large_checker_;  // used by the worker
  AnswerForm acks_;
  AnswerForm naks_;
  AuthorFigures figures_;
  std::set<Session*> sessions_;
  bool finishing_ = false;
  asio::steady_timer all_done_;  // cancelled when the last session has ended
};

}  // namespace vtp
