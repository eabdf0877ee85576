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

#include "lib/kafka/partitions.h"
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

std::vector<std::unique_ptr<Listener>> bind_all(asio::io_context& context,
                                                const std::vector<Endpoint>& endpoints) {
  std::vector<std::unique_ptr<Listener>> listeners;
  for (const Endpoint& endpoint : endpoints)
    for (auto& listener : Listener::bind(context.get_executor(), endpoint))
      listeners.push_back(std::move(listener));
  return listeners;
}

// Stops a connection that must leave for another.
std::function<void()> leaver(const std::shared_ptr<WatchedSocket>& socket) {
  return [weak = std::weak_ptr(socket), executor = socket->socket().get_executor()] {
    asio::post(executor, [weak] {
      if (const auto there = weak.lock()) there->stop();
    });
  };
}

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
      author_listeners_(bind_all(context_, options_.receive)),
      subscriber_listeners_(bind_all(context_, options_.broadcast)),
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
  if (!shared_log_) add_sources_and_followers();
  report_start();
}

// New ones begin with events that come from then on.
void Broker::add_sources_and_followers() {
  name_cursors(options_.handlers);
  for (const HandlerOptions& handler : options_.handlers)
    followers_.push_back(
        std::make_unique<Handler>(context_.get_executor(), handler, events_, clock_, diagnostics_));
  for (const ForwardOptions& each : options_.forwards)
    forward(each);
  for (const SubscriberOptions& upstream : options_.upstreams)
    subscribe_to(upstream);
  for (const KafkaSubscriberOptions& topics : options_.topics)
    read_topics(topics);
  forget_former_followers();
}

void Broker::report_start() const {
  const Extent& had = events_.begun_with();
  const std::string since =
      had.oldest ? ", the oldest received " + utc_text(*had.oldest) : std::string();
  diagnostics_.info("Starting {} with {}: {} event(s){}", options_.version, events_.file(),
                    had.events, since);
}

void Broker::subscribe_to(SubscriberOptions upstream) {
  const std::string name = text_of(upstream.brokers);
  upstream.most_under_way = Relay::most_under_way;
  upstream.whole_headline = false;  // the log stores no more
  upstream.worker = &loops_.front()->worker();
  const std::vector<std::string> names = texts_of(upstream.brokers);  // each with the same cursor
  for (const std::string& each : names)
    if (!upstream.resume_after) upstream.resume_after = events_.upstream_cursor(each);
  const auto keep_cursor = [this, names](const Digest& last) {
    for (const std::string& each : names)
      events_.keep_cursor(each, last);
  };
  Relay& relay = add_relay(name, keep_cursor);
  const auto take = [&relay](EventPtr event, std::string peer) {
    return relay.take(std::move(event), std::move(peer));
  };
  const auto caught_up = [&relay](const Digest& last) { relay.caught_up(last); };
  upstreams_.push_back(
      {name, std::make_unique<Subscriber>(context_.get_executor(), std::move(upstream), take,
                                          clock_, diagnostics_, caught_up)});
}

void Broker::read_topics(KafkaSubscriberOptions topics) {
  const KafkaEndpoint& endpoint = topics.consumer.endpoint;
  const std::string name = text_of(endpoint);
  const std::string prefix = cursor_prefix(endpoint);
  topics.most_under_way = Relay::most_under_way;
  topics.whole_headline = false;
  topics.worker = &loops_.front()->worker();
  topics.consumer.begin_at = offsets_for(endpoint, events_.partition_cursors(prefix));
  Relay& relay = add_relay(name, {});
  const auto take = [&relay, tails = tails_of(endpoint)](EventPtr event, MessagePosition position) {
    for (TopicTail* tail : tails)
      tail->found(position.partition.topic, event->digest);
    return relay.take(std::move(event), text_of(position));
  };
  const auto reached = [this, prefix](const MessagePosition& next) {
    events_.keep_offset(prefix + text_of(next.partition), next.offset);
  };
  upstreams_.push_back(
      {name, std::make_unique<KafkaSubscriber>(context_.get_executor(), std::move(topics), take,
                                               KafkaSubscriber::Pass(), diagnostics_, reached)});
}

// The upstream broker may not support filters.
Relay& Broker::add_relay(const std::string& name, Relay::KeepCursor keep_cursor) {
  std::unique_ptr<UpstreamFilter> filter;
  if (!options_.upstream_filters.empty())
    filter = std::make_unique<UpstreamFilter>(loops_.front()->worker(), options_.upstream_filters,
                                              &memory_, diagnostics_);
  auto signatures = signatures_of_source(context_.get_executor(), verifier_.get(), name,
                                         peer_diagnostics_, diagnostics_);
  return *relays_.emplace_back(std::make_unique<Relay>(context_.get_executor(), events_,
                                                       diagnostics_, std::move(keep_cursor),
                                                       std::move(filter), std::move(signatures)));
}

void Broker::forward(const ForwardOptions& options) {
  TopicTail* tail = nullptr;
  if (const auto* topic = std::get_if<KafkaEndpoint>(&options.destination.endpoint)) {
    std::vector<KafkaEndpoint> read;
    for (const KafkaSubscriberOptions& topics : options_.topics)
      read.push_back(topics.consumer.endpoint);
    const bool trusts_sources = is_only_source(*topic, read, events_.partition_cursors(""));
    tails_.push_back({*topic, std::make_unique<TopicTail>(topic->topics.front(), trusts_sources)});
    tail = tails_.back().tail.get();
  }
  followers_.push_back(
      std::make_unique<Forward>(context_.get_executor(), options, tail, events_, diagnostics_));
}

std::vector<TopicTail*> Broker::tails_of(const KafkaEndpoint& endpoint) {
  std::vector<TopicTail*> tails;
  for (const OwnTail& own : tails_)
    if (are_on_one_cluster(own.topic, endpoint)) tails.push_back(own.tail.get());
  return tails;
}

// One that is configured again later begins at that time, and not with all events in between.
void Broker::forget_former_followers() {
  std::vector<std::string> cursors;
  for (const auto& follower : followers_)
    cursors.push_back(follower->identity().cursor);
  events_.forget_handlers_but(cursors);
}

void Broker::run() {
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
  add_sources_and_followers();
  begin_serving();
}

void Broker::begin_serving() {
  serving_ = true;
  serve(author_listeners_, options_.receive_allowed, &EventLoop::welcome_author, authors_,
        "authors");
  serve(subscriber_listeners_, options_.broadcast_allowed, &EventLoop::welcome_subscriber,
        subscribers_, "subscribers");
  for (const Upstream& upstream : upstreams_)
    supervise("Listening to " + upstream.name,
              [events = upstream.events.get()] { return listen_to(*events); });
  for (const auto& follower : followers_)
    supervise("Handling events for " + follower->identity().name,
              [each = follower.get()] { return each->run(); });
  supervise("Sending test events", [this] { return test_events_.run(); });
  if (certificate_watch_)
    supervise("Watching the certificate", [this] { return certificate_watch_->run(); });
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

asio::awaitable<void> Broker::listen_to(EventSource& upstream) {
  static_cast<void>(co_await upstream.run());
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
  // All at the same time, since commands that are cancelled get a grace period in addition.
  const auto followers_end = *stop_by_ - CommandOptions{}.grace;
  const std::size_t started = serving_ ? followers_.size() : 0;
  const auto followers_left = std::make_shared<std::size_t>(started);
  const auto follower_ended = std::make_shared<Change>(context_.get_executor());
  for (std::size_t i = 0; i < started; ++i)
    spawn(context_.get_executor(), followers_[i]->finish(followers_end),
          [followers_left, follower_ended](const std::exception_ptr&) {
            --*followers_left;
            follower_ended->tell();
          });
  co_await finish_all(&EventLoop::finish_subscribers, *stop_by_);
  while (*followers_left > 0)
    co_await follower_ended->wait();
  options_.on_hangup = nullptr;
  hangups_.cancel();
  diagnostics_.info("Stopped");
}

// Stops accepting and starting anything new.
void Broker::stop_taking() {
  test_events_.stop();
  if (certificate_watch_) certificate_watch_->stop();
  for (const Listeners* listeners : {&author_listeners_, &subscriber_listeners_})
    for (const auto& listener : *listeners)
      listener->close();
  for (const Upstream& upstream : upstreams_)
    upstream.events->stop();
  if (verifier_) verifier_->begin_to_stop();
  for (const auto& relay : relays_)
    relay->stop();
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
