#include "lib/sessions/broadcaster.h"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/net/coroutine.h"
#include "lib/sessions/subscriber_session.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

// Bytes of events that a session reads at once. Together with their overhead, the session and its
// receive buffer they stay below 64 kB.
constexpr std::size_t piece_size = 40 * 1024;
constexpr std::size_t large_piece_size = 160 * 1024;   // if memory is plentiful
constexpr std::chrono::milliseconds memory_pause{50};  // between checks for free memory
constexpr std::chrono::seconds watch_interval{1};      // between checks of incomplete messages
constexpr int most_alive_owed = 2;  // unanswered iamalives; the next one drops the session
constexpr std::chrono::seconds goodbye_timeout{2};  // for telling a subscriber that it must leave

}  // namespace

Broadcaster::Broadcaster(asio::any_io_executor executor, BroadcasterOptions options, Worker& worker,
                         EventLog& events, const Clock& clock, const Diagnostics& diagnostics,
                         PeerDiagnostics& peer_diagnostics)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      events_(events),
      clock_(clock),
      diagnostics_(diagnostics),
      peer_diagnostics_(peer_diagnostics),
      selector_(worker, events, options_.memory, options_.resume_wait),
      sample_(events, clock, figures_.delivery_seconds),
      watch_(executor_),
      all_done_(executor_),
      rounds_(executor_, events_, [this] { sample_.begin(sessions_); }) {}

Broadcaster::~Broadcaster() = default;

// Runs while there are sessions.
void Broadcaster::watch_messages() {
  watch_.expires_after(watch_interval);
  watch_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled || sessions_.empty()) return;
    drop_slow_messages();
    watch_messages();
  });
}

void Broadcaster::drop_slow_messages() {
  const auto begun_before = steady_clock::now() - options_.message_timeout;
  for (SubscriberSession* session : sessions_) {
    const auto begun = session->connection.message_begun();
    if (session->over || !begun || *begun > begun_before) continue;
    session->diagnostics.warning("Subscriber {} takes too long over a message; dropping it",
                                 session->connection.peer());
    session->end("dropped");
  }
}

std::shared_ptr<SubscriberSession> Broadcaster::begin_session(
    std::shared_ptr<WatchedSocket> socket, const Peer& peer,
    std::optional<ConnectionLimit::Seat> seat, std::optional<Admission> admission) {
  const std::shared_ptr<SubscriberSession> session(
      new SubscriberSession(executor_, events_, peer_diagnostics_, std::move(socket), peer,
                            clock_.now(), options_.max_message, options_.memory, std::move(seat),
                            std::move(admission)),
      [this](SubscriberSession* ended) {
        remove(*ended);
        delete ended;
      });
  sessions_.insert(session.get());
  rounds_.add(*session);
  return session;
}

void Broadcaster::remove(SubscriberSession& session) {
  sessions_.erase(&session);
  sample_.look_at(session, true);
  rounds_.remove(session);
  if (!sessions_.empty()) return;
  all_done_.cancel();
  watch_.cancel();
}

// Ends the session even if its coroutine is destroyed while suspended, for lack of memory.
struct Broadcaster::EndAtLast {
  ~EndAtLast() { session.end(); }
  SubscriberSession& session;
};

asio::awaitable<void> Broadcaster::session(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                           std::optional<ConnectionLimit::Seat> seat,
                                           std::optional<Admission> admission) {
  if (finishing_) co_return;
  if (sessions_.empty()) watch_messages();
  const auto session =
      begin_session(std::move(socket), peer, std::move(seat), std::move(admission));
  session->diagnostics.info("New subscriber {}", session->connection.peer());
  // Before it can ask for anything, and before the first event.
  if (session->admission) co_await compile(*session, {});
  spawn(executor_, hear(session), [this, session](const std::exception_ptr& problem) {
    if (problem)
      diagnostics_.error("Session with {} failed: {}", session->connection.peer(),
                         reason_of(problem));
    session->end();
  });
  const EndAtLast end_at_last{*session};
  try {
    co_await send_events(*session);
  } catch (const StoreError& error) {
    // It must not miss events that cannot be read now; when it reconnects it resumes.
    diagnostics_.error("Cannot read events for subscriber {}: {}", session->connection.peer(),
                       error.what());
  }
  session->end();
  session->diagnostics.info(
      "Subscriber {} gone: {} ({} events sent, {} acknowledged)", session->connection.peer(),
      session->parted ? std::string(session->parted) : session->connection.ending_text(),
      session->sent, session->acknowledged);
}

asio::awaitable<void> Broadcaster::turn_away(std::shared_ptr<WatchedSocket> socket, Peer peer,
                                             std::string reason,
                                             std::optional<ConnectionLimit::Seat> /*held*/) {
  if (!peer.has_tls || finishing_) co_return;
  Connection connection(std::move(socket), text_of(peer), options_.max_message);
  connection.deadline(goodbye_timeout);
  const std::string document = refusal(reason);
  const bool told = co_await connection.write(document);
  if (told) co_await connection.finish();
}

std::string Broadcaster::refusal(const std::string& reason) const {
  Transport message;
  message.role = TransportRole::nak;
  message.origin = options_.local_ivo;
  message.result = subscription_rejected + reason;
  return to_xml(message, clock_.now());
}

void Broadcaster::renew_admissions() {
  for (SubscriberSession* session : sessions_) {
    if (session->over || session->removed || !session->admission) continue;
    const std::string before(session->admission->filter());
    const bool stays = session->admission->renew();
    if (!stays)
      remove_peer(*session);
    else if (session->admission->filter() != before)
      spawn(executor_, compile_again(session->shared_from_this()),
            [this, there = session->shared_from_this()](const std::exception_ptr& problem) {
              if (!problem) return;
              diagnostics_.error("Session with {} failed: {}", there->connection.peer(),
                                 reason_of(problem));
              there->end();
            });
  }
}

// Its coroutine tells it the reason, but gets only some time to come to that.
void Broadcaster::remove_peer(SubscriberSession& session) {
  constexpr const char* reason = "it is not in the peers file any more";
  diagnostics_.info("Subscriber {} is not in the peers file any more; disconnecting it",
                    session.connection.peer());
  if (!session.has_tls) return session.end(reason);
  session.removed = true;
  session.parted = reason;
  session.selection->recall();
  session.connection.deadline(goodbye_timeout);
  session.wake.cancel();
}

// It is not closed at once, which could destroy the nak, but when it closes, or after a while.
asio::awaitable<void> Broadcaster::say_goodbye(SubscriberSession& session) {
  session.connection.deadline(goodbye_timeout);
  const std::string document = refusal(no_longer_known);
  const bool told = co_await session.connection.write(document);
  const auto end = steady_clock::now() + goodbye_timeout;
  while (told && !session.over && steady_clock::now() < end)
    co_await wait(session, end);
}

asio::awaitable<void> Broadcaster::send_events(SubscriberSession& session) {
  if (!co_await send(session, TransportRole::authenticate)) co_return;
  co_await await_greeting(session);
  auto next_alive = steady_clock::now() + options_.alive_interval;
  while (!session.over) {
    if (session.removed) co_return co_await say_goodbye(session);
    // Also if the answer came late: better some events twice than never.
    if (session.wish && !co_await resume(session)) co_return;
    const std::uint64_t round = rounds_.begun();
    if (!session.compiling && !co_await send_pending(session, next_alive)) co_return;
    const bool gave_all = !session.compiling && session.cursor().gave_all();
    if (session.cursor().has_caught_up() && !session.told_caught_up) {
      session.told_caught_up = true;
      if (!co_await send_caught_up(session)) co_return;
    }
    if (steady_clock::now() >= next_alive) {
      if (!co_await send_alive(session)) co_return;
      next_alive = steady_clock::now() + options_.alive_interval;
    }
    if (session.wish || (!gave_all && !session.compiling)) continue;
    if (finishing_ && !session.compiling) {
      if (!session.cursor().at_end()) continue;
      session.parted = "this broker stops";
      co_return;
    }
    if (round == rounds_.begun() && !session.removed) co_await wait(session, next_alive);
  }
}

asio::awaitable<void> Broadcaster::await_greeting(SubscriberSession& session) {
  const auto end = steady_clock::now() + options_.greeting_timeout;
  while (!session.over && !session.greeted && !session.removed && !finishing_ &&
         steady_clock::now() < end)
    co_await wait(session, end);
}

// Moves the cursor to where the subscriber wants to begin. False if the connection has ended.
asio::awaitable<bool> Broadcaster::resume(SubscriberSession& session) {
  const Resumption wish = *std::exchange(session.wish, std::nullopt);
  const bool resumed = co_await selector_.resume(session.selection, wish);
  if (!resumed) {
    session.parted = "this broker cannot tell whether the event to resume after is to come";
    co_return false;
  }
  const std::string& peer = session.connection.peer();
  if (session.cursor().began_unknown() && *wish.after != Digest{})  // the digest for an empty log
    session.diagnostics.warning(
        "Subscriber {} wants to resume after an event that is not in the log ({}); sending {}",
        peer, wish.after->hex(),
        wish.since ? "all events since the time that it gave" : "all stored events");
  tell_missed(session);
  session.reached = session.cursor().position();
  const std::uint64_t behind = session.cursor().behind();
  if (behind > 0) session.diagnostics.info("Subscriber {} resumes {} event(s) back", peer, behind);
  std::vector<Param> params(1, param_of(Resuming{behind}));
  co_return co_await send(session, TransportRole::iamalive, std::move(params));
}

// Sends one piece of the log after the session's cursor. False if the connection has ended.
asio::awaitable<bool> Broadcaster::send_pending(SubscriberSession& session, TimePoint until) {
  const std::vector<LogEntry> entries = co_await take_pending(session, until);
  const Sequence position = session.cursor().position();
  tell_missed(session);
  if (session.over) co_return false;
  if (session.removed) co_return true;
  if (session.selection->is_slowed() && !co_await tell_slowed(session)) co_return false;
  std::vector<std::string_view> payloads;
  payloads.reserve(entries.size());
  std::size_t bytes = 0;
  for (const LogEntry& entry : entries) {
    payloads.push_back(entry.event->bytes);
    bytes += payloads.back().size();
  }
  if (!entries.empty()) {
    session.sent += payloads.size();
    figures_.events.add(payloads.size());
    figures_.bytes.add(bytes);
    const bool sent = co_await send(session, payloads);
    if (!sent) co_return false;
  }
  session.reached = position;
  sample_.look_at(session);
  co_return true;
}

// Without filters, events in memory are available at once.
asio::awaitable<std::vector<LogEntry>> Broadcaster::take_pending(SubscriberSession& session,
                                                                 TimePoint until) {
  if (!session.filters) {
    if (auto entries = session.cursor().next_in_memory(piece_size)) {
      if (!entries->empty()) session.cursor().pass(entries->back());
      co_return *std::move(entries);
    }
  }
  co_await await_memory(session);
  if (session.over) co_return std::vector<LogEntry>();
  Selected selected =
      co_await selector_.select(session.selection, session.filters, size_to_select(), until);
  for (const std::string& problem : selected.problems)
    session.diagnostics.warning("Subscriber {}: {}", session.connection.peer(), problem);
  co_return std::move(selected.entries);
}

// Passing work to the worker costs as much as sending some events.
std::size_t Broadcaster::size_to_select() const {
  const bool plenty = !options_.memory || options_.memory->has_plenty();
  return plenty ? large_piece_size : piece_size;
}

// Events that are on disk, or must be filtered, can wait.
asio::awaitable<void> Broadcaster::await_memory(SubscriberSession& session) {
  while (options_.memory && options_.memory->is_short() && !session.over && !session.removed)
    co_await wait(session, steady_clock::now() + memory_pause);
}

asio::awaitable<bool> Broadcaster::tell_slowed(SubscriberSession& session) {
  if (std::exchange(session.told_slowed, true)) co_return true;
  session.diagnostics.warning(
      "Subscriber {}: its filters need more than {} ms of processor time per event; it is "
      "served slowly",
      session.connection.peer(), filter_share.count());
  std::vector<Param> params = {{std::string(slowed_param), "filters"}};
  co_return co_await send(session, TransportRole::iamalive, std::move(params));
}

void Broadcaster::tell_missed(SubscriberSession& session) {
  const std::uint64_t missed = session.cursor().take_missed();
  if (missed > 0)
    session.diagnostics.warning("Subscriber {} misses {} event(s), which are no longer stored",
                                session.connection.peer(), missed);
}

asio::awaitable<bool> Broadcaster::send_caught_up(SubscriberSession& session) {
  std::vector<Param> params(1, param_of(CaughtUp{session.cursor().last()}));
  co_return co_await send(session, TransportRole::iamalive, std::move(params));
}

asio::awaitable<bool> Broadcaster::send_alive(SubscriberSession& session) {
  if (session.alive_owed >= most_alive_owed) {
    session.diagnostics.warning("Subscriber {} left {} iamalives unanswered; dropping it",
                                session.connection.peer(), session.alive_owed);
    session.parted = "dropped";
    co_return false;
  }
  ++session.alive_owed;
  // So that a subscriber which gets few events need not resume far back.
  if (session.told_caught_up && session.cursor().at_end())
    co_return co_await send_caught_up(session);
  co_return co_await send(session, TransportRole::iamalive);
}

asio::awaitable<bool> Broadcaster::send(SubscriberSession& session, TransportRole role,
                                        std::vector<Param> params) {
  Transport message;
  message.role = role;
  message.params = std::move(params);
  message.origin = options_.local_ivo;
  const std::string document = to_xml(message, clock_.now());
  const std::array<std::string_view, 1> payloads = {document};
  co_return co_await send(session, payloads);
}

// A subscriber that does not read has the same timeout as one that does not answer.
asio::awaitable<bool> Broadcaster::send(SubscriberSession& session,
                                        std::span<const std::string_view> payloads) {
  session.connection.deadline((most_alive_owed + 1) * options_.alive_interval);
  const bool sent = co_await session.connection.write(payloads);
  session.connection.no_deadline();
  co_return sent && !session.over;
}

asio::awaitable<void> Broadcaster::wait(SubscriberSession& session,
                                        steady_clock::time_point until) {
  asio::error_code ignored;
  session.wake.expires_at(until);
  co_await session.wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> Broadcaster::finish(steady_clock::time_point end) {
  finishing_ = true;
  for (SubscriberSession* session : sessions_)
    session->wake.cancel();
  if (sessions_.empty()) co_return;
  asio::error_code ignored;
  all_done_.expires_at(end);
  co_await all_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  if (!sessions_.empty())
    diagnostics_.warning("Cutting off {} subscriber(s) that did not receive all events in time",
                         sessions_.size());
  for (SubscriberSession* session : sessions_)
    session->end("cut off");
}

}  // namespace vtp
