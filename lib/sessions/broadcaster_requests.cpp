// What subscribers say to a broadcaster: acknowledgements, filters, where to begin.
#include <utility>

#include "lib/sessions/broadcaster.h"
#include "lib/sessions/subscriber_session.h"

namespace vtp {

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
    session->diagnostics.warning("Subscriber {} is dropped: {}", session->connection.peer(),
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

void Broadcaster::report(SubscriberSession& session, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems)
    session.diagnostics.fault("Subscriber {}: {}", session.connection.peer(), problem);
}

// Its filters, and the first time where it wants to begin; it is told about that before its filters
// are compiled.
asio::awaitable<void> Broadcaster::note_wishes(SubscriberSession& session,
                                               const Transport& message) {
  const std::string& peer = session.connection.peer();
  if (!std::exchange(session.greeted, true)) {
    std::vector<std::string> problems;
    session.wish = resumption_in(message, problems);
    report(session, problems);
  }
  std::vector<std::string> texts;
  for (const Param& param : message.params)
    if (param.name == xpath_filter_param) texts.push_back(param.value);
  co_await compile(session, std::move(texts));
  session.diagnostics.info("Subscriber {} ({}) has {} filter(s)", peer,
                           message.response.empty() ? "anonymous" : message.response,
                           session.filters ? session.filters->filters().size() : 0);
  session.wake.cancel();
}

// The filters that it wants, and the one that its line in the peers file has. When two of these
// coroutines run, the one that began last counts.
asio::awaitable<void> Broadcaster::compile(SubscriberSession& session,
                                           std::vector<std::string> texts) {
  const std::uint64_t compilation = ++session.compilations;
  std::string required(session.admission ? session.admission->filter() : std::string_view());
  session.filters = nullptr;
  session.compiling = !texts.empty() || !required.empty();
  if (session.admission) session.filter_texts = texts;
  if (!session.compiling) co_return;
  session.selection->recall();
  session.wake.cancel();
  Compiled compiled =
      co_await selector_.compile(session.selection, std::move(texts), std::move(required));
  if (compilation != session.compilations) co_return;
  session.compiling = false;
  report(session, compiled.problems);
  session.filters = std::move(compiled.filters);
  if (compiled.no_memory) session.end("there is not enough memory for its filters");
  session.wake.cancel();
}

asio::awaitable<void> Broadcaster::compile_again(std::shared_ptr<SubscriberSession> session) {
  co_await compile(*session, session->filter_texts);
}

void Broadcaster::describe(std::vector<PeerStatus>& peers) const {
  for (const SubscriberSession* session : sessions_) {
    if (session->over) continue;
    PeerStatus peer{.side = PeerStatus::Side::subscriber,
                    .address = session->address,
                    .known_as = std::string(session->admission ? session->admission->name() : ""),
                    .has_tls = session->has_tls,
                    .since = session->since,
                    .events = session->sent};
    if (session->filters)
      for (const FilterPtr& filter : session->filters->filters())
        peer.filters.push_back(filter->text());
    peer.position = session->reached;
    peers.push_back(std::move(peer));
  }
}

}  // namespace vtp
