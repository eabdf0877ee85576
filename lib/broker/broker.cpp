#include "lib/broker/broker.h"

#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "lib/net/coroutine.h"
#include "lib/net/offload.h"
#include "lib/vtp/nak_reasons.h"

namespace vtp {
namespace {

constexpr std::chrono::seconds stop_timeout{4};  // with the rest of stopping at most 5 s
// Half of the memory is the budget for peers; the other half is for connections, the newest events,
// the database's cache, and fragmentation.
constexpr std::size_t budget_share = 2;

// The most authors who are told at the same time why they are turned away; other connections are
// just closed.
constexpr std::size_t most_turned_away = 16;

// Stops a connection that must leave for another.
std::function<void()> leaver(const std::shared_ptr<WatchedSocket>& socket) {
  return [weak = std::weak_ptr(socket), executor = socket->socket().get_executor()] {
    asio::post(executor, [weak] {
      if (const auto there = weak.lock()) there->stop();
    });
  };
}

// The server uses the log until its threads have ended, also if an exception ends the broker.
struct HttpEnd {
  HttpServer* server;
  ~HttpEnd() {
    if (server) server->stop();
  }
};

}  // namespace

Broker::Broker(BrokerOptions options, const Clock& clock, const Diagnostics& diagnostics)
    : options_(std::move(options)),
      clock_(clock),
      diagnostics_(diagnostics),
      peer_diagnostics_(clock, diagnostics),
      memory_(options_.max_memory / budget_share),
      authors_(options_.authors.total, options_.authors.each_address),
      subscribers_(options_.subscribers.total, options_.subscribers.each_address),
      turned_away_(most_turned_away, most_turned_away),
      threads_(options_.threads),
      context_(threads_.context(0)),
      signals_(context_, SIGINT, SIGTERM),
      hangups_(context_),
      author_listeners_(Listener::bind(context_.get_executor(), options_.receive)),
      subscriber_listeners_(Listener::bind(context_.get_executor(), options_.broadcast)),
      http_(options_.http.endpoints.empty()
                ? nullptr
                : std::make_unique<HttpServer>(options_.http, clock, diagnostics)),
      events_((options_.on_bound(), options_.event_db), options_.keep, clock, diagnostics,
              options_.sync),
      test_events_(
          context_.get_executor(),
          {options_.broadcaster.local_ivo, options_.test_interval, options_.shared_log.has_value()},
          events_, clock, diagnostics) {
  if (options_.tls.server)
    certificate_watch_.emplace(context_.get_executor(), *options_.tls.server, clock, diagnostics);
  options_.receiver.memory = options_.broadcaster.memory = &memory_;
  if (options_.peers) {
    peers_.emplace(options_.peers);
    options_.signatures.check.listed = [this](std::string_view key, std::string_view ivorn) {
      return peers_->may_sign(key, ivorn);
    };
  }
  verifier_ = make_verifier(options_.signatures, diagnostics);
  options_.receiver.verifier = verifier_.get();
  for (std::size_t i = 0; i < threads_.count(); ++i)
    loops_.push_back(std::make_unique<EventLoop>(
        threads_.context(i), TlsGateOptions{options_.tls.server, options_.tls_timeout},
        options_.receiver, options_.broadcaster, events_, clock, diagnostics, peer_diagnostics_,
        peers_ ? &*peers_ : nullptr));
  others_ = std::make_unique<SourcesAndFollowers>(
      context_.get_executor(),
      SourcesAndFollowersOptions{std::move(options_.upstreams), std::move(options_.topics),
                                 std::move(options_.upstream_filters), std::move(options_.handlers),
                                 std::move(options_.forwards)},
      loops_.front()->worker(), memory_, verifier_.get(), events_, clock_, diagnostics_,
      peer_diagnostics_);
  if (options_.shared_log) {
    options_.shared_log->worker = &loops_.front()->worker();
    shared_log_ = std::make_unique<SharedLog>(context_.get_executor(), *options_.shared_log,
                                              events_, clock, diagnostics);
    events_.append_through(*shared_log_);
  } else if (const auto copied = events_.copied_log()) {
    throw StoreError(fmt::format(
        "{}: is a copy of the topic {}; start the broker with --log=kafka://HOST/{}, or with "
        "another --eventdb",
        events_.file(), copied->topic, copied->topic));
  }
  if (options_.on_hangup) hangups_.add(SIGHUP);
  if (!shared_log_) others_->add();
  indexer_ = std::make_unique<Indexer>(events_, options_.event_db, diagnostics_);
  status_ = make_status_collector();
  report_start();
}

std::unique_ptr<StatusCollector> Broker::make_status_collector() {
  StatusSources sources;
  sources.version = options_.version;
  sources.local_ivo = options_.broadcaster.local_ivo;
  for (const auto& loop : loops_)
    sources.loops.push_back(loop.get());
  sources.others = others_.get();
  sources.events = &events_;
  sources.tls = options_.tls.server.get();
  sources.listening = [this] { return listening_.load(); };
  sources.indexed = [this] { return indexer_->indexed(); };
  return std::make_unique<StatusCollector>(std::move(sources), clock_);
}

void Broker::report_start() const {
  const Extent& had = events_.begun_with();
  const std::string since =
      had.oldest ? ", the oldest received " + utc_text(*had.oldest) : std::string();
  diagnostics_.info("Starting brokerd (vtptools) {} with {}: {} event(s){}", options_.version,
                    events_.file(), had.events, since);
}

CheckSignature Broker::signature_check() {
  if (!verifier_) return {};
  return [this](EventPtr event) {
    return verifier_->check(std::move(event), "HTTP", Verifier::WhenFull::give_up);
  };
}

void Broker::run() {
  const HttpEnd end{http_.get()};
  if (http_)
    http_->start(
        events_, [this] { return status(); }, signature_check());
  supervise("Waiting for signals to stop", [this] { return stop_on_signal(); });
  supervise("Waiting for SIGHUP", [this] { return heed_hangups(); });
  if (shared_log_)
    asio::co_spawn(context_, open_shared_log(), unattended);
  else
    begin_serving();
  threads_.run();
}

asio::awaitable<void> Broker::open_shared_log() {
  co_await shared_log_->open();
  if (stop_by_) co_return;
  others_->add();
  begin_serving();
}

void Broker::begin_serving() {
  serve(author_listeners_, options_.receive_allowed, &EventLoop::welcome_author, authors_,
        "authors");
  serve(subscriber_listeners_, options_.broadcast_allowed, &EventLoop::welcome_subscriber,
        subscribers_, "subscribers");
  others_->begin([this](std::string name, Supervised::Work work) {
    supervise(std::move(name), std::move(work));
  });
  supervise("Sending test events", [this] { return test_events_.run(); });
  if (certificate_watch_)
    supervise("Watching the certificate", [this] { return certificate_watch_->run(); });
  listening_ = true;
  if (options_.on_listening) options_.on_listening();
}

// Connections are assigned to the event loops in turn.
void Broker::serve(const Listeners& listeners, const std::vector<AddressRange>& allowed,
                   Welcome welcome, ConnectionLimit& limit, const char* whom) {
  for (const auto& listener : listeners) {
    listener->open();
    diagnostics_.info("Listening for {} on {}", whom, listener->endpoint());
    const auto turn = std::make_shared<std::size_t>(0);
    const auto host = [this, turn] {
      *turn = (*turn + 1) % loops_.size();
      return loops_[*turn]->context().get_executor();
    };
    const bool for_authors = &limit == &authors_;
    const auto enter = [this, turn, welcome, whom, for_authors, &limit](
                           std::shared_ptr<WatchedSocket> socket, const Peer& peer) {
      auto seat = limit.admit(peer.name, leaver(socket));
      if (seat) {
        (*loops_[*turn].*welcome)(std::move(socket), peer, std::move(seat));
        return;
      }
      peer_diagnostics_.session(peer.name).warning(
          "Connection from {} turned away: the limit of connected {} is reached", peer.name, whom);
      if (for_authors) turn_away(*loops_[*turn], std::move(socket), peer, too_many_authors);
    };
    const auto tell_stranger = [this, turn](std::shared_ptr<WatchedSocket> socket,
                                            const Peer& peer) {
      turn_away(*loops_[*turn], std::move(socket), peer,
                author_not_allowed(peer.address->to_string()));
    };
    const Listener::Welcome stranger = for_authors ? tell_stranger : Listener::Welcome();
    supervise("Accepting connections on " + listener->endpoint(),
              [this, accepting = listener.get(), &allowed, enter, host, stranger] {
                return accepting->serve(allowed, diagnostics_, enter, host, stranger);
              });
  }
}

void Broker::turn_away(EventLoop& loop, std::shared_ptr<WatchedSocket> author, const Peer& peer,
                       std::string reason) {
  auto seat = turned_away_.admit(peer.name, leaver(author));
  if (seat) loop.turn_author_away(std::move(author), peer, std::move(reason), std::move(*seat));
}

void Broker::supervise(std::string name, Supervised::Work work) {
  supervised_.push_back(std::make_unique<Supervised>(context_.get_executor(), std::move(name),
                                                     std::move(work), diagnostics_));
  supervised_.back()->start();
}

asio::awaitable<void> Broker::stop_on_signal() {
  if (!stop_by_) {
    const int signal = co_await signals_.async_wait(asio::use_awaitable);
    stop_by_ = std::chrono::steady_clock::now() + stop_timeout;
    diagnostics_.info("Stopping: {}", strsignal(signal));
    if (options_.on_stopping) options_.on_stopping();
  }
  stop_taking();
  co_await finish_all(&EventLoop::finish_authors, *stop_by_);
  if (shared_log_) {
    shared_log_->stop();
    co_await shared_log_->ended();
  }
  others_->begin_to_finish_followers(*stop_by_);
  co_await finish_all(&EventLoop::finish_subscribers, *stop_by_);
  co_await others_->followers_finished();
  options_.on_hangup = nullptr;
  hangups_.cancel();
  diagnostics_.info("Stopped");
}

// Stops accepting and starting anything new.
void Broker::stop_taking() {
  listening_ = false;
  test_events_.stop();
  if (http_) http_->begin_to_stop();
  if (certificate_watch_) certificate_watch_->stop();
  for (const Listeners* listeners : {&author_listeners_, &subscriber_listeners_})
    for (const auto& listener : *listeners)
      listener->close();
  others_->stop_sources();
  if (verifier_) verifier_->begin_to_stop();
  for (std::size_t i = 1; i < supervised_.size(); ++i)
    supervised_[i]->stop();
}

// In all event loops at the same time.
asio::awaitable<void> Broker::finish_all(Finish finish, std::chrono::steady_clock::time_point end) {
  const auto left = std::make_shared<std::size_t>(loops_.size());
  const auto one_has_finished = std::make_shared<Change>(context_.get_executor());
  for (const auto& loop : loops_) {
    const auto finished = [this, left, one_has_finished](const std::exception_ptr& problem) {
      if (problem) diagnostics_.error("Cannot wait for sessions: {}", reason_of(problem));
      --*left;
      one_has_finished->tell();
    };
    spawn(loop->context().get_executor(), (*loop.*finish)(end),
          asio::bind_executor(context_.get_executor(), finished));
  }
  while (*left > 0)
    co_await one_has_finished->wait();
}

asio::awaitable<void> Broker::heed_hangups() {
  asio::error_code stopped;
  while (options_.on_hangup) {
    co_await hangups_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
    if (stopped || !options_.on_hangup) co_return;
    options_.on_hangup();
    if (stop_by_) continue;
    auto read_certificates = [this] { return read_certificates_again(options_.tls, diagnostics_); };
    co_await offload(rereading_, std::move(read_certificates));
    if (options_.read_peers_again) admit(co_await offload(rereading_, options_.read_peers_again));
    if (!options_.read_allowed_again || stop_by_) continue;
    auto allowed = co_await offload(rereading_, options_.read_allowed_again);
    if (allowed) allow(*std::move(allowed));
  }
}

// For listeners that accept connections now, and for those that are restarted.
void Broker::allow(AllowedRanges allowed) {
  options_.receive_allowed = std::move(allowed.authors);
  options_.broadcast_allowed = std::move(allowed.subscribers);
  if (http_) http_->allow(std::move(allowed.http));
  for (const auto& listener : author_listeners_)
    listener->allow(options_.receive_allowed);
  for (const auto& listener : subscriber_listeners_)
    listener->allow(options_.broadcast_allowed);
}

// New connections are admitted by the new list from here on, and those that there are afterwards.
void Broker::admit(PeerListPtr peers) {
  if (!peers || !peers_) return;
  peers_->replace(std::move(peers));
  for (const auto& loop : loops_)
    asio::post(loop->context(), [each = loop.get()] { each->renew_admissions(); });
}

}  // namespace vtp
