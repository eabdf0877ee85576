#include "lib/broker/status_collector.h"

#include <condition_variable>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include <asio/post.hpp>

#include "lib/base/thread_times.h"
#include "lib/store/database.h"

namespace vtp {
namespace {

std::uint64_t size_of(const std::string& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  return problem ? 0 : size;
}

}  // namespace

// Shared with the event loops, which may answer after nobody waits any more.
struct StatusCollector::Gathered {
  std::mutex mutex;
  std::condition_variable answered;
  std::size_t left = 0;
  std::vector<PeerStatus> peers;
  std::vector<UpstreamStatus> upstreams;
  std::vector<FollowerStatus> followers;
};

StatusCollector::StatusCollector(StatusSources sources, const Clock& clock)
    : sources_(std::move(sources)),
      clock_(clock),
      started_(clock.now()),
      reader_(*sources_.events) {}

BrokerStatus StatusCollector::read() {
  const std::lock_guard lock(mutex_);
  BrokerStatus status;
  status.version = sources_.version;
  status.local_ivo = sources_.local_ivo;
  status.started = started_;
  status.now = clock_.now();
  if (sources_.events->has_outage()) status.outage = "the database of events cannot be written";
  status.listening = sources_.listening();
  ask_loops(status);
  add_totals(status);
  status.indexed = sources_.indexed();
  if (sources_.tls) status.certificate_end = sources_.tls->end();
  for (const auto& [name, seconds] : thread_times())
    status.threads.push_back({name, seconds});
  for (const char* ending : {"", "-wal"})
    status.database_bytes += size_of(sources_.events->file() + ending);
  add_lags(status);
  return status;
}

// All at the same time.
void StatusCollector::ask_loops(BrokerStatus& status) const {
  const auto gathered = std::make_shared<Gathered>();
  gathered->left = sources_.loops.size();
  for (std::size_t i = 0; i < sources_.loops.size(); ++i) {
    EventLoop* const loop = sources_.loops[i];
    const SourcesAndFollowers* const others = i == 0 ? sources_.others : nullptr;
    asio::post(loop->context(), [gathered, loop, others] {
      std::vector<PeerStatus> peers;
      loop->describe(peers);
      const std::lock_guard lock(gathered->mutex);
      std::ranges::move(peers, std::back_inserter(gathered->peers));
      if (others) {
        gathered->upstreams = others->upstreams();
        gathered->followers = others->followers();
      }
      if (--gathered->left == 0) gathered->answered.notify_all();
    });
  }
  std::unique_lock lock(gathered->mutex);
  gathered->answered.wait_for(lock, patience, [&gathered] { return gathered->left == 0; });
  status.peers = gathered->peers;
  status.upstreams = gathered->upstreams;
  status.followers = gathered->followers;
}

void StatusCollector::add_totals(BrokerStatus& status) const {
  for (std::size_t i = 0; i < fates; ++i) {
    const auto fate = static_cast<Fate>(i);
    const auto [result, reason] = name_of(fate);
    std::uint64_t from_authors = 0;
    for (const EventLoop* loop : sources_.loops)
      from_authors += loop->author_figures().fates.of(fate);
    status.results.push_back({"author", result, reason, from_authors});
    status.results.push_back({"upstream", result, reason, sources_.others->count(fate)});
  }
  for (const EventLoop* loop : sources_.loops) {
    const AuthorFigures& authors = loop->author_figures();
    const SubscriberFigures& subscribers = loop->subscriber_figures();
    status.bytes_received += authors.bytes.value();
    status.ack_seconds += authors.ack_seconds.value();
    status.events_sent += subscribers.events.value();
    status.bytes_sent += subscribers.bytes.value();
    status.delivery_seconds += subscribers.delivery_seconds.value();
  }
  const CommitFigures& commits = sources_.events->commit_figures();
  status.commit_seconds = commits.seconds.value();
  status.commit_events = commits.events.value();
}

void StatusCollector::add_lags(BrokerStatus& status) {
  status.last = sources_.events->last();
  std::map<Sequence, std::optional<Time>> received;  // many are at the same position
  const auto received_after = [&](Sequence position) {
    const auto [known, is_new] = received.try_emplace(position);
    if (is_new) known->second = read_received_after(position);
    return known->second;
  };
  if (status.last > 0) status.last_event = received_after(status.last - 1);
  const auto lag_at = [&](Sequence position) {
    if (position >= status.last) return Lag{};
    Lag lag{.events = status.last - position};
    if (const auto first = received_after(position))
      lag.seconds = std::chrono::duration<double>(status.now - *first).count();
    return lag;
  };
  for (PeerStatus& peer : status.peers)
    if (peer.position) peer.lag = lag_at(*peer.position);
  for (FollowerStatus& follower : status.followers)
    follower.lag = lag_at(follower.position);
}

// Lags without seconds are of use, too.
std::optional<Time> StatusCollector::read_received_after(Sequence position) {
  try {
    return reader_.received_after(position);
  } catch (const StoreError&) {
    return std::nullopt;
  }
}

}  // namespace vtp
