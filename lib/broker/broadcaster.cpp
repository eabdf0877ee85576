#include "lib/broker/broadcaster.h"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "lib/broker/subscriber_session.h"
#include "lib/net/coroutine.h"

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
      watch_(executor_),
      all_done_(executor_),
      rounds_(executor_, events_) {}

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
    std::shared_ptr<WatchedSocket> socket, std::string peer,
    std::optional<ConnectionLimit::Seat> seat) {
  const std::shared_ptr<SubscriberSession> session(
      new SubscriberSession(executor_, events_, peer_diagnostics_, std::move(socket),
                            std::move(peer), options_.max_message, options_.memory,
                            std::move(seat)),
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

asio::awaitable<void> Broadcaster::session(std::shared_ptr<WatchedSocket> socket, std::string peer,
                                           std::optional<ConnectionLimit::Seat> seat) {
  if (finishing_) co_return;
  if (sessions_.empty()) watch_messages();
  const auto session = begin_session(std::move(socket), std::move(peer), std::move(seat));
  session->diagnostics.info("New subscriber {}", session->connection.peer());
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

asio::awaitable<void> Broadcaster::send_events(SubscriberSession& session) {
  if (!co_await send(session, TransportRole::authenticate)) co_return;
  co_await await_greeting(session);
  auto next_alive = steady_clock::now() + options_.alive_interval;
  while (!session.over) {
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
    if (round == rounds_.begun()) co_await wait(session, next_alive);
  }
}

asio::awaitable<void> Broadcaster::await_greeting(SubscriberSession& session) {
  const auto end = steady_clock::now() + options_.greeting_timeout;
  while (!session.over && !session.greeted && !finishing_ && steady_clock::now() < end)
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
  const std::uint64_t behind = session.cursor().behind();
  if (behind > 0) session.diagnostics.info("Subscriber {} resumes {} event(s) back", peer, behind);
  std::vector<Param> params(1, param_of(Resuming{behind}));
  co_return co_await send(session, TransportRole::iamalive, std::move(params));
}

// Sends one piece of the log after the session's cursor. False if the connection has ended.
asio::awaitable<bool> Broadcaster::send_pending(SubscriberSession& session, TimePoint until) {
  const std::vector<LogEntry> entries = co_await take_pending(session, until);
  tell_missed(session);
  if (session.over) co_return false;
  if (session.selection->is_slowed() && !co_await tell_slowed(session)) co_return false;
  if (entries.empty()) co_return true;
  std::vector<std::string_view> payloads;
  payloads.reserve(entries.size());
  for (const LogEntry& entry : entries)
    payloads.push_back(entry.event->bytes);
  session.sent += payloads.size();
  co_return co_await send(session, payloads);
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
  while (options_.memory && options_.memory->is_short() && !session.over)
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

asio::awaitable<void> Broadcaster::hear(std::shared_ptr<SubscriberSession> session) {
  while (const auto payload = co_await session->connection.read()) {
    if (session->seat) session->seat->busy();
    // Most messages are only counted, and parsing one costs more than sending an event.
    if (role_at_a_glance(*payload) == TransportRole::ack && session->acknowledged < session->sent) {
      ++session->acknowledged;
      session->diagnostics.behaved();
      continue;
    }
    const auto message = parse_transport(*payload);
    if (!message) {
      session->diagnostics.warning("Subscriber {} sent {}; dropping it", session->connection.peer(),
                                   message.problem());
      session->parted = "dropped";
      break;
    }
    co_await take(*session, *message);
    if (session->over) break;
    if (session->diagnostics.too_many()) {
      diagnostics_.warning("Subscriber {} causes too many faults; dropping it",
                           session->connection.peer());
      session->parted = "dropped";
      break;
    }
  }
  if (session->connection.ending() == Ending::too_large)
    session->diagnostics.warning("Subscriber {} sent {}; dropping it", session->connection.peer(),
                                 session->connection.ending_text());
  session->end();
}

asio::awaitable<void> Broadcaster::take(SubscriberSession& session, const Transport& message) {
  switch (message.role) {
    case TransportRole::ack:
      if (std::exchange(session.told_stray_ack, true))
        session.diagnostics.repeated_fault();
      else
        session.diagnostics.fault(
            "Subscriber {} acknowledges events that it was not sent, such as {}",
            session.connection.peer(), message.origin);
      break;
    case TransportRole::nak:
      take_nak(session, message);
      break;
    case TransportRole::iamalive:
      session.alive_owed = 0;
      break;
    case TransportRole::authenticate:
      co_await note_wishes(session, message);
      break;
  }
}

// Comet sends a nak for an event that it has from elsewhere; that is not the subscriber's fault.
void Broadcaster::take_nak(SubscriberSession& session, const Transport& message) {
  const auto text = fmt::format("Subscriber {} refused VOEvent {}: {}", session.connection.peer(),
                                message.origin, message.result);
  if (++session.refused + session.acknowledged <= session.sent)
    session.diagnostics.warning("{}", text);
  else
    session.diagnostics.fault("{}", text);
}

// Its filters, and the first time where it wants to begin; it is told about that before its filters
// are compiled.
asio::awaitable<void> Broadcaster::note_wishes(SubscriberSession& session,
                                               const Transport& message) {
  const std::string& peer = session.connection.peer();
  const auto say = [&](const std::vector<std::string>& problems) {
    for (const std::string& problem : problems)
      session.diagnostics.fault("Subscriber {}: {}", peer, problem);
  };
  if (!std::exchange(session.greeted, true)) {
    std::vector<std::string> problems;
    session.wish = resumption_in(message, problems);
    say(problems);
  }
  std::vector<std::string> texts;
  for (const Param& param : message.params)
    if (param.name == xpath_filter_param) texts.push_back(param.value);
  session.filters = nullptr;
  if (!texts.empty()) {
    session.compiling = true;
    session.selection->recall();
    session.wake.cancel();
    Compiled compiled = co_await selector_.compile(session.selection, std::move(texts));
    session.compiling = false;
    say(compiled.problems);
    session.filters = std::move(compiled.filters);
    if (compiled.no_memory) session.end("there is not enough memory for its filters");
  }
  session.diagnostics.info("Subscriber {} ({}) has {} filter(s)", peer,
                           message.response.empty() ? "anonymous" : message.response,
                           session.filters ? session.filters->filters().size() : 0);
  session.wake.cancel();
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
