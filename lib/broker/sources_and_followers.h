// What a broker runs beside the sessions of its peers: the brokers and topics that it reads, and its
// handlers and forwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>

#include "lib/base/diagnostics.h"
#include "lib/broker/relay.h"
#include "lib/followers/forward.h"
#include "lib/followers/handler.h"
#include "lib/followers/topic_tail.h"
#include "lib/http/status.h"
#include "lib/net/budget.h"
#include "lib/net/coroutine.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/supervised.h"
#include "lib/net/worker.h"
#include "lib/sessions/figures.h"
#include "lib/signature/verifier.h"
#include "lib/store/event_log.h"
#include "lib/subscriber/kafka_subscriber.h"
#include "lib/subscriber/subscriber.h"

namespace vtp {

// As in BrokerOptions.
struct SourcesAndFollowersOptions {
  std::vector<SubscriberOptions> upstreams;
  std::vector<KafkaSubscriberOptions> topics;
  std::vector<std::string> upstream_filters;
  std::vector<HandlerOptions> handlers;
  std::vector<ForwardOptions> forwards;
};

// One thread, that of the executor. All arguments must live longer.
class SourcesAndFollowers {
 public:
  // verifier: of signatures; nullptr: none is looked at.
  SourcesAndFollowers(asio::any_io_executor executor, SourcesAndFollowersOptions options,
                      Worker& worker, MemoryBudget& memory, Verifier* verifier, EventLog& events,
                      const Clock& clock, const Diagnostics& diagnostics,
                      PeerDiagnostics& peer_diagnostics);

  // Creates all of them, each with its saved cursor; new handlers and forwards begin with events
  // that come from then on. Once, at the start: it blocks on the disk. Throws StoreError.
  void add();

  // Passes the work of each, with a name for the diagnostics, to `supervise`. Call it once, after
  // add().
  using Supervise = std::function<void(std::string name, Supervised::Work work)>;
  void begin(const Supervise& supervise);

  // Reads nothing more from brokers and topics. Safe to call again.
  void stop_sources();

  // What they are doing now, without the lags in seconds.
  [[nodiscard]] std::vector<UpstreamStatus> upstreams() const;
  [[nodiscard]] std::vector<FollowerStatus> followers() const;

  // What became of the events of all upstreams. Any thread, after add().
  [[nodiscard]] std::uint64_t count(Fate fate) const;

  // Handlers and forwards work on the rest of the log; what they have not finished at `end` is
  // cancelled. followers_finished() resumes when none is left.
  void begin_to_finish_followers(std::chrono::steady_clock::time_point end);
  [[nodiscard]] asio::awaitable<void> followers_finished();

 private:
  void subscribe_to(SubscriberOptions upstream);
  void read_topics(KafkaSubscriberOptions topics);
  void forward(const ForwardOptions& options);
  void forget_former_followers();
  [[nodiscard]] std::vector<TopicTail*> tails_of(const KafkaEndpoint& endpoint);
  Relay& add_relay(const std::string& name, Relay::KeepCursor keep_cursor);
  static asio::awaitable<void> listen_to(EventSource& upstream);

  const asio::any_io_executor executor_;
  SourcesAndFollowersOptions options_;
  Worker& worker_;
  MemoryBudget& memory_;
  Verifier* const verifier_;
  EventLog& events_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics& peer_diagnostics_;
  // What an upstream has sent since the start.
  struct Arrivals {
    std::uint64_t events = 0;
    std::optional<Time> last{};
  };
  [[nodiscard]] Arrivals& add_arrivals();
  void note(Arrivals& arrivals) const;

  std::vector<std::unique_ptr<Relay>> relays_;       // one per entry of upstreams_
  std::vector<std::unique_ptr<Arrivals>> arrivals_;  // the same
  // Of the forwards whose topics the broker also reads.
  struct OwnTail {
    KafkaEndpoint topic;
    std::unique_ptr<TopicTail> tail;
  };
  std::vector<OwnTail> tails_;
  std::vector<std::unique_ptr<LogFollower>> followers_;  // handlers and forwards
  struct Upstream {
    std::string name;
    std::unique_ptr<EventSource> events;
    const Arrivals* arrivals;
  };
  std::vector<Upstream> upstreams_;
  bool begun_ = false;
  std::size_t finishing_ = 0;  // followers that have not ended
  Change follower_ended_;
};

}  // namespace vtp
