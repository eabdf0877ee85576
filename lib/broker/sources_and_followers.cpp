#include "lib/broker/sources_and_followers.h"

#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "lib/broker/upstream_filter.h"
#include "lib/kafka/partitions.h"
#include "lib/signature/source_signatures.h"

namespace vtp {

SourcesAndFollowers::SourcesAndFollowers(asio::any_io_executor executor,
                                         SourcesAndFollowersOptions options, Worker& worker,
                                         MemoryBudget& memory, Verifier* verifier, EventLog& events,
                                         const Clock& clock, const Diagnostics& diagnostics,
                                         PeerDiagnostics& peer_diagnostics)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      worker_(worker),
      memory_(memory),
      verifier_(verifier),
      events_(events),
      clock_(clock),
      diagnostics_(diagnostics),
      peer_diagnostics_(peer_diagnostics),
      follower_ended_(executor_) {}

void SourcesAndFollowers::add() {
  name_cursors(options_.handlers);
  for (const HandlerOptions& handler : options_.handlers)
    followers_.push_back(
        std::make_unique<Handler>(executor_, handler, events_, clock_, diagnostics_));
  for (const ForwardOptions& each : options_.forwards)
    forward(each);
  for (const SubscriberOptions& upstream : options_.upstreams)
    subscribe_to(upstream);
  for (const KafkaSubscriberOptions& topics : options_.topics)
    read_topics(topics);
  forget_former_followers();
}

void SourcesAndFollowers::subscribe_to(SubscriberOptions upstream) {
  const std::string name = text_of(upstream.brokers);
  upstream.most_under_way = Relay::most_under_way;
  upstream.whole_headline = false;  // the log stores no more
  upstream.worker = &worker_;
  const std::vector<std::string> names = texts_of(upstream.brokers);  // each with the same cursor
  for (const std::string& each : names)
    if (!upstream.resume_after) upstream.resume_after = events_.upstream_cursor(each);
  const auto keep_cursor = [this, names](const Digest& last) {
    for (const std::string& each : names)
      events_.keep_cursor(each, last);
  };
  Relay& relay = add_relay(name, keep_cursor);
  Arrivals& arrivals = add_arrivals();
  const auto take = [this, &arrivals, &relay](EventPtr event, std::string peer) {
    note(arrivals);
    return relay.take(std::move(event), std::move(peer));
  };
  const auto caught_up = [&relay](const Digest& last) { relay.caught_up(last); };
  upstreams_.push_back({name,
                        std::make_unique<Subscriber>(executor_, std::move(upstream), take, clock_,
                                                     diagnostics_, caught_up),
                        &arrivals});
}

void SourcesAndFollowers::read_topics(KafkaSubscriberOptions topics) {
  const KafkaEndpoint& endpoint = topics.consumer.endpoint;
  const std::string name = text_of(endpoint);
  const std::string prefix = cursor_prefix(endpoint);
  topics.most_under_way = Relay::most_under_way;
  topics.whole_headline = false;
  topics.worker = &worker_;
  topics.consumer.begin_at = offsets_for(endpoint, events_.partition_cursors(prefix));
  Relay& relay = add_relay(name, {});
  Arrivals& arrivals = add_arrivals();
  const auto take = [this, &arrivals, &relay, tails = tails_of(endpoint)](
                        EventPtr event, MessagePosition position) {
    note(arrivals);
    for (TopicTail* tail : tails)
      tail->found(position.partition.topic, event->digest);
    return relay.take(std::move(event), text_of(position));
  };
  const auto reached = [this, prefix](const MessagePosition& next) {
    events_.keep_offset(prefix + text_of(next.partition), next.offset);
  };
  upstreams_.push_back(
      {name,
       std::make_unique<KafkaSubscriber>(executor_, std::move(topics), take,
                                         KafkaSubscriber::Pass(), diagnostics_, reached),
       &arrivals});
}

// The upstream broker may not support filters.
Relay& SourcesAndFollowers::add_relay(const std::string& name, Relay::KeepCursor keep_cursor) {
  std::unique_ptr<UpstreamFilter> filter;
  if (!options_.upstream_filters.empty())
    filter = std::make_unique<UpstreamFilter>(worker_, options_.upstream_filters, &memory_,
                                              diagnostics_);
  auto signatures =
      signatures_of_source(executor_, verifier_, name, peer_diagnostics_, diagnostics_);
  return *relays_.emplace_back(std::make_unique<Relay>(executor_, events_, diagnostics_,
                                                       std::move(keep_cursor), std::move(filter),
                                                       std::move(signatures)));
}

SourcesAndFollowers::Arrivals& SourcesAndFollowers::add_arrivals() {
  return *arrivals_.emplace_back(std::make_unique<Arrivals>());
}

void SourcesAndFollowers::note(Arrivals& arrivals) const {
  ++arrivals.events;
  arrivals.last = clock_.now();
}

std::vector<UpstreamStatus> SourcesAndFollowers::upstreams() const {
  std::vector<UpstreamStatus> all;
  for (const auto& [name, events, arrivals] : upstreams_) {
    UpstreamStatus one{name, events->is_connected(), arrivals->events, arrivals->last};
    for (const auto& [partition, lag] : events->partition_lags())
      one.partitions.push_back({partition, lag});
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<FollowerStatus> SourcesAndFollowers::followers() const {
  std::vector<FollowerStatus> all;
  for (const auto& follower : followers_)
    all.push_back({follower->identity().cursor, follower->reached(), {}});
  return all;
}

std::uint64_t SourcesAndFollowers::count(Fate fate) const {
  std::uint64_t count = 0;
  for (const auto& relay : relays_)
    count += relay->fates().of(fate);
  return count;
}

void SourcesAndFollowers::forward(const ForwardOptions& options) {
  TopicTail* tail = nullptr;
  if (const auto* topic = std::get_if<KafkaEndpoint>(&options.destination.endpoint)) {
    std::vector<KafkaEndpoint> read;
    for (const KafkaSubscriberOptions& topics : options_.topics)
      read.push_back(topics.consumer.endpoint);
    const bool trusts_sources = is_only_source(*topic, read, events_.partition_cursors(""));
    tails_.push_back({*topic, std::make_unique<TopicTail>(topic->topics.front(), trusts_sources)});
    tail = tails_.back().tail.get();
  }
  followers_.push_back(std::make_unique<Forward>(executor_, options, tail, events_, diagnostics_));
}

std::vector<TopicTail*> SourcesAndFollowers::tails_of(const KafkaEndpoint& endpoint) {
  std::vector<TopicTail*> tails;
  for (const OwnTail& own : tails_)
    if (are_on_one_cluster(own.topic, endpoint)) tails.push_back(own.tail.get());
  return tails;
}

// One that is configured again later begins at that time, and not with all events in between.
void SourcesAndFollowers::forget_former_followers() {
  std::vector<std::string> cursors;
  for (const auto& follower : followers_)
    cursors.push_back(follower->identity().cursor);
  events_.forget_handlers_but(cursors);
}

void SourcesAndFollowers::begin(const Supervise& supervise) {
  begun_ = true;
  for (const Upstream& upstream : upstreams_)
    supervise("Listening to " + upstream.name,
              [events = upstream.events.get()] { return listen_to(*events); });
  for (const auto& follower : followers_)
    supervise("Handling events for " + follower->identity().name,
              [each = follower.get()] { return each->run(); });
}

asio::awaitable<void> SourcesAndFollowers::listen_to(EventSource& upstream) {
  static_cast<void>(co_await upstream.run());
}

void SourcesAndFollowers::stop_sources() {
  for (const Upstream& upstream : upstreams_)
    upstream.events->stop();
  for (const auto& relay : relays_)
    relay->stop();
}

// All at the same time, since commands that are cancelled get a grace period in addition.
void SourcesAndFollowers::begin_to_finish_followers(std::chrono::steady_clock::time_point end) {
  if (!begun_) return;
  for (const auto& follower : followers_) {
    ++finishing_;
    spawn(executor_, follower->finish(end - CommandOptions{}.grace),
          [this](const std::exception_ptr&) {
            --finishing_;
            follower_ended_.tell();
          });
  }
}

asio::awaitable<void> SourcesAndFollowers::followers_finished() {
  while (finishing_ > 0)
    co_await follower_ended_.wait();
}

}  // namespace vtp
