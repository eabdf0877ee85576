// The broker's side towards authors: takes an event, checks it, stores it, answers.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/log.h"
#include "lib/net/budget.h"
#include "lib/net/connection.h"
#include "lib/net/connection_limit.h"
#include "lib/net/peer_log.h"
#include "lib/net/worker.h"
#include "lib/store/event_log.h"
#include "lib/voevent/acceptance.h"
#include "lib/voevent/check.h"
#include "lib/vtp/transport.h"

namespace vtp {

struct ReceiverOptions {
  std::string local_ivo;  // the broker's own IVOID, in every answer
  std::chrono::milliseconds patience{
      20'000};  // for an author's whole event, and for it to take the answer
  std::size_t max_size = 4 * 1024 * 1024;  // bytes of one event
  MemoryBudget* memory = nullptr;          // of which events are taken, if it is counted
};

// Serves any number of authors on one thread, that of the executor; none of them waits for
// another's network, and all of them share the log's syncs. What it is given must live longer.
class Receiver {
 public:
  // peer_log: for what peers cause there.
  Receiver(asio::any_io_executor executor, ReceiverOptions options, Worker& worker,
           EventLog& events, const Clock& clock, const Log& log, PeerLog& peer_log);

  // One author's session, from the first byte to the last: event, answer, and again while the
  // author keeps the connection and sends another in time (VOEvent Transport Protocol 2.0,
  // section 4.1). Never throws for what a peer does. seat: what it holds of a ConnectionLimit, idle as
  // long as it has no event for us.
  [[nodiscard]] asio::awaitable<void> session(std::shared_ptr<WatchedSocket> socket,
                                              std::string peer,
                                              std::optional<ConnectionLimit::Seat> seat = {});

  // Tells who may not be an author here why, in a nak, and ends within 2 s. reason: as in rejection().
  [[nodiscard]] asio::awaitable<void> turn_away(std::shared_ptr<WatchedSocket> socket,
                                                std::string peer, std::string reason,
                                                ConnectionLimit::Seat seat);

  // Sessions that wait for an author end at once, those at work when they have answered, and those
  // still at work at `end` are cut off. Resumes when there are none; new sessions end at once.
  [[nodiscard]] asio::awaitable<void> finish(std::chrono::steady_clock::time_point end);

 private:
  struct Session;
  struct Judged;

  asio::awaitable<void> converse(Session& session);
  asio::awaitable<bool> take(Session& session, std::string payload);
  asio::awaitable<Judged> judge(Session& session, std::string_view payload);
  asio::awaitable<bool> refuse(Session& session, const std::string& ivorn,
                               const std::string& reason, Level level);
  [[nodiscard]] std::string nak(std::string_view origin, const std::string& result);
  asio::awaitable<bool> answer(Session& session, std::string document);
  void report_end(Session& session) const;

  asio::any_io_executor executor_;
  ReceiverOptions options_;
  EventLog& events_;
  const Clock& clock_;
  const Log& log_;
  PeerLog& peer_log_;
  Worker& worker_;
  Checker checker_;
  Checker large_checker_;  // the worker's
  AnswerForm acks_;
  AnswerForm naks_;
  std::set<Session*> sessions_;
  bool finishing_ = false;
  asio::steady_timer all_done_;  // cancelled when the last session has ended
};

}  // namespace vtp
