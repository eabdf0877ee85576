#include "lib/sessions/receiver.h"

#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/vtp/nak_reasons.h"
#include "lib/xml/lexical.h"

namespace vtp {
namespace {

constexpr const char* for_authors = "this port is for authors; subscribers use another one";
constexpr std::chrono::seconds turning_away_timeout{2};
constexpr std::chrono::milliseconds at_once{0};

}  // namespace

// One author's connection, registered with the receiver while it lives.
struct Receiver::Session {
  Session(Receiver& its_receiver, std::shared_ptr<WatchedSocket> socket, const Peer& peer,
          std::optional<ConnectionLimit::Seat> its_seat, std::optional<Admission> its_admission)
      : receiver(its_receiver),
        account_of_checks(peer.known_as.empty() ? address_in(peer.name) : peer.known_as),
        seat(std::move(its_seat)),
        admission(std::move(its_admission)),
        diagnostics(receiver.peer_diagnostics_.session(peer.name, text_of(peer))),
        connection(std::move(socket), text_of(peer), receiver.options_.max_size,
                   receiver.options_.memory),
        address(peer.name),
        has_tls(peer.has_tls),
        since(receiver.clock_.now()) {
    receiver.sessions_.insert(this);
  }
  ~Session() {
    receiver.sessions_.erase(this);
    if (receiver.sessions_.empty()) receiver.all_done_.cancel();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool at_work() const { return answering || (!removed && connection.has_input()); }

  void stop() {
    stopped = true;
    connection.stop();
  }

  void begin_answering() {
    answering = true;
    received = std::chrono::steady_clock::now();
    ++events;
    if (seat) seat->busy();
  }
  void end_answering() {
    answering = false;
    if (seat) seat->idle();
  }

  Receiver& receiver;
  std::string account_of_checks;  // of signatures: one for all connections of an author
  std::optional<ConnectionLimit::Seat> seat;
  std::optional<Admission> admission;
  PeerDiagnostics::Session diagnostics;
  Connection connection;
  const std::string address;
  const bool has_tls;
  const Time since;                                // when it connected
  std::chrono::steady_clock::time_point received;  // when the current event was
  bool answering = false;                          // an event is being handled
  bool removed = false;                            // it is not admitted any more
  bool stopped = false;                            // nothing can be written any more
  std::size_t events = 0;                          // received so far, whatever the reply
  AccountPtr account;                              // for the worker; set when it is first used
};

// The result of checking a message.
struct Receiver::Judged {
  Judgement judgement;
  Headline headline;
  Digest digest;  // set if it is to be stored
};

Receiver::Receiver(asio::any_io_executor executor, ReceiverOptions options, Worker& worker,
                   EventLog& events, const Clock& clock, const Diagnostics& diagnostics,
                   PeerDiagnostics& peer_diagnostics)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      events_(events),
      clock_(clock),
      diagnostics_(diagnostics),
      peer_diagnostics_(peer_diagnostics),
      worker_(worker),
      acks_(TransportRole::ack, options_.local_ivo),
      naks_(TransportRole::nak, options_.local_ivo),
      all_done_(executor_) {}

asio::awaitable<void> Receiver::session(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                        std::optional<ConnectionLimit::Seat> seat,
                                        std::optional<Admission> admission) {
  Session session(*this, std::move(socket), peer, std::move(seat), std::move(admission));
  session.diagnostics.info("New connection from {}", session.connection.peer());
  co_await converse(session);
  report_end(session);
}

// An event may have been read before the session is removed or stopped, and get here after that: it
// is not taken, since it could be stored and not answered.
asio::awaitable<void> Receiver::converse(Session& session) {
  while (!finishing_ || session.connection.has_input()) {
    session.connection.deadline(options_.timeout);
    auto payload = co_await session.connection.read();
    if (!payload || session.removed || session.stopped) break;
    session.begin_answering();
    figures_.bytes.add(payload->size());
    const bool go_on = co_await take(session, std::move(*payload));
    session.end_answering();
    if (session.removed) break;
    if (!go_on || session.diagnostics.too_many()) co_return;
  }
  if (session.removed) {
    // Not closed at once: the author may not have read its last reply yet.
    session.connection.deadline(turning_away_timeout);
    co_await session.connection.finish();
  } else if (session.connection.ending() == Ending::too_large ||
             session.connection.ending() == Ending::no_memory) {
    figures_.fates.add(session.connection.ending() == Ending::too_large ? Fate::too_large
                                                                        : Fate::no_memory);
    // The ivorn is unknown, since the message was not kept, but the reason helps the author.
    std::string document = nak("", rejection(session.connection.ending_text()));
    co_await answer(session, std::move(document));
    co_await session.connection.finish();
  }
}

// False if the connection is to be closed.
asio::awaitable<bool> Receiver::take(Session& session, std::string payload) {
  const std::string& peer = session.connection.peer();
  auto [judgement, headline, digest] = co_await judge(session, payload);
  const std::string ivorn = headline.ivorn;
  if (judgement.acceptance == Acceptance::ignore) {
    figures_.fates.add(Fate::not_voevent);
    if (const auto message = parse_transport(payload); message && !message->origin.empty()) {
      session.diagnostics.warning(
          "{} sent a subscriber's message to this port, which is for authors", peer);
      std::string document = nak("", rejection(for_authors));
      co_await answer(session, std::move(document));
      co_return false;
    }
    session.diagnostics.warning(
        "{} sent {} bytes that are not a VOEvent ({}); closing without an answer", peer,
        payload.size(), judgement.reason);
    co_return false;
  }
  if (judgement.acceptance == Acceptance::refuse)
    co_return co_await refuse(session, Fate::invalid, ivorn, judgement.reason, Level::warning);
  if (session.admission) {
    const auto refusal = session.admission->refusal(ivorn, std::chrono::steady_clock::now());
    if (refusal)
      co_return co_await refuse(session, Fate::not_admitted, ivorn, *refusal, Level::warning);
  }

  auto event =
      std::make_shared<const Event>(Event{std::move(payload), digest, std::move(headline)});
  SignatureFinding signature;
  if (options_.verifier) {
    signature = co_await check_signature(session, event);
    const std::string objection = objection_to(signature, options_.verifier->verify());
    if (!objection.empty())
      co_return co_await refuse(session, Fate::signature, ivorn, objection, Level::warning);
  }
  const Stored stored = co_await events_.append(std::move(event), peer);
  if (stored == Stored::duplicate)
    co_return co_await refuse(session, Fate::duplicate, ivorn, previously_seen, Level::info);
  if (stored == Stored::failed)
    co_return co_await refuse(session, Fate::cannot_store, ivorn, cannot_store, Level::debug);
  if (stored == Stored::refused)
    co_return co_await refuse(session, Fate::log_refuses, ivorn, log_refuses, Level::warning);
  diagnostics_.info("VOEvent {} received from {}", ivorn, peer);
  if (options_.verifier) diagnostics_.info("{}", signature_line(ivorn, peer, signature));
  session.diagnostics.behaved();
  figures_.fates.add(Fate::accepted);
  std::string document(acks_.fill(ivorn, clock_.now()));
  const bool told = co_await answer(session, std::move(document));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - session.received;
  figures_.ack_seconds.add(taken.count());
  co_return told;
}

// Input is read and discarded meanwhile: closing with unread input could destroy the reply.
asio::awaitable<void> Receiver::turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                          std::string reason,
                                          std::optional<ConnectionLimit::Seat> seat) {
  Session session(*this, std::move(socket), peer, std::move(seat), std::nullopt);
  session.connection.deadline(turning_away_timeout);
  const std::string document = nak("", rejection(reason));
  const bool told = co_await session.connection.write(document);
  if (told) co_await session.connection.finish();
}

asio::awaitable<Receiver::Judged> Receiver::judge(Session& session, std::string_view payload) {
  const auto find_out = [payload](Checker& checker) {
    const CheckResult& check = checker.check(payload);
    Judged judged{judge_from_author(check, payload), check.headline, {}};
    if (judged.judgement.acceptance == Acceptance::accept) judged.digest = digest_of(payload);
    return judged;
  };
  if (payload.size() <= large_message) co_return find_out(checker_);
  if (!session.account) session.account = std::make_shared<Account>();
  auto step = [&](const Slice&) { return std::optional(find_out(large_checker_)); };
  co_return co_await worker_.run(session.account, std::move(step));
}

asio::awaitable<SignatureFinding> Receiver::check_signature(const Session& session,
                                                            EventPtr event) {
  return options_.verifier->check(std::move(event), session.account_of_checks,
                                  Verifier::WhenFull::give_up);
}

asio::awaitable<bool> Receiver::refuse(Session& session, Fate fate, const std::string& ivorn,
                                       const std::string& reason, Level level) {
  figures_.fates.add(fate);
  session.diagnostics.refusal(level, "VOEvent {} from {} refused: {}",
                              ivorn.empty() ? "without an ivorn" : ivorn, session.connection.peer(),
                              reason);
  // An Origin that is not a URI would make the reply itself invalid; the reason names the problem.
  std::string document = nak(is_uri_reference(ivorn) ? ivorn : "", rejection(reason));
  co_return co_await answer(session, std::move(document));
}

std::string Receiver::nak(std::string_view origin, const std::string& result) {
  return std::string(naks_.fill(origin, clock_.now(), result));
}

asio::awaitable<bool> Receiver::answer(Session& session, std::string document) {
  session.connection.deadline(options_.timeout);
  co_return co_await session.connection.write(document);
}

// No line is written for an author that leaves after its reply, or that must leave because we stop.
void Receiver::report_end(Session& session) const {
  const Connection& connection = session.connection;
  const bool expected = session.removed || connection.ending() == Ending::none ||
                        connection.ending() == Ending::stopped ||
                        connection.ending() == Ending::closed ||
                        (connection.ending() == Ending::timed_out && session.events > 0 &&
                         !connection.within_frame());
  if (expected)
    diagnostics_.debug("Connection from {} ended after {} event(s): {}", connection.peer(),
                       session.events, connection.ending_text());
  else
    session.diagnostics.warning("Connection from {} closed: {}", connection.peer(),
                                connection.ending_text());
}

void Receiver::describe(std::vector<PeerStatus>& peers) const {
  for (const Session* session : sessions_)
    peers.push_back(
        PeerStatus{.side = PeerStatus::Side::author,
                   .address = session->address,
                   .known_as = std::string(session->admission ? session->admission->name() : ""),
                   .has_tls = session->has_tls,
                   .since = session->since,
                   .events = session->events});
}

void Receiver::renew_admissions() {
  for (Session* session : sessions_) {
    if (session->removed || !session->admission || session->admission->renew()) continue;
    session->removed = true;
    diagnostics_.info("Author {} is not in the peers file any more; disconnecting it",
                      session->connection.peer());
    if (!session->answering) session->connection.deadline(at_once);
  }
}

asio::awaitable<void> Receiver::finish(std::chrono::steady_clock::time_point end) {
  finishing_ = true;
  for (Session* session : sessions_)
    if (!session->at_work()) session->stop();
  if (sessions_.empty()) co_return;
  asio::error_code ignored;
  all_done_.expires_at(end);
  co_await all_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (sessions_.empty()) co_return;
  diagnostics_.warning("Cutting off {} connection(s) that did not finish in time",
                       sessions_.size());
  for (Session* session : sessions_)
    session->stop();
}

}  // namespace vtp
