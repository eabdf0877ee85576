#include "lib/http/metrics_text.h"

#include <algorithm>
#include <map>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

#include "lib/net/peer_diagnostics.h"

namespace vtp {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds_of(Time time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Builds families one after the other: metrics belong to the last one that was begun.
class Families {
 public:
  void begin(MetricType type, const char* name, const char* help) {
    families_.push_back({std::string("vtp_") + name, help, type, {}});
  }
  void add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
        value;
    families_.back().metric.push_back(std::move(metric));
  }
  void gauge(const char* name, const char* help, double value, Labels labels = {}) {
    begin(MetricType::Gauge, name, help);
    add(value, std::move(labels));
  }
  void counter(const char* name, const char* help, double value) {
    begin(MetricType::Counter, name, help);
    add(value);
  }
  void histogram(const char* name, const char* help, const HistogramValue& value);

  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

// The bucket above all bounds is that of the sample count.
void Families::histogram(const char* name, const char* help, const HistogramValue& value) {
  begin(MetricType::Histogram, name, help);
  ClientMetric metric;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < value.bounds.size(); ++i) {
    count += value.counts[i];
    metric.histogram.bucket.push_back({count, value.bounds[i]});
  }
  if (!value.counts.empty()) count += value.counts.back();
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = value.sum;
  families_.back().metric.push_back(std::move(metric));
}

void add_process(Families& out, const BrokerStatus& status) {
  out.gauge("build_info", "The version of the broker; always 1.", 1, {{"version", status.version}});
  out.gauge("start_time_seconds", "When the broker was started, since 1970.",
            seconds_of(status.started));
  out.begin(MetricType::Counter, "thread_cpu_seconds_total",
            "Processor time of the threads of each name.");
  for (const ThreadStatus& thread : status.threads)
    out.add(thread.busy_seconds, {{"thread", thread.name}});
  if (status.certificate_end)
    out.gauge("certificate_end_timestamp_seconds",
              "When the broker's certificate ends, since 1970.",
              seconds_of(*status.certificate_end));
}

void add_events(Families& out, const BrokerStatus& status) {
  out.begin(MetricType::Counter, "events_total",
            "Events that were received, by what became of them.");
  for (const ResultCount& each : status.results)
    out.add(static_cast<double>(each.count),
            {{"from", each.from}, {"result", each.result}, {"reason", each.reason}});
  out.counter("received_bytes_total", "Bytes of events from authors.",
              static_cast<double>(status.bytes_received));
  out.counter("sent_events_total", "Events sent to subscribers, each counted for each of them.",
              static_cast<double>(status.events_sent));
  out.counter("sent_bytes_total", "Bytes of events sent to subscribers.",
              static_cast<double>(status.bytes_sent));
  out.histogram("ack_duration_seconds", "From the last byte of an author's event to its ack.",
                status.ack_seconds);
  out.histogram("delivery_duration_seconds",
                "From the receipt of an event to the last subscriber that keeps up.",
                status.delivery_seconds);
}

void add_log(Families& out, const BrokerStatus& status) {
  out.gauge("log_last_sequence", "The sequence number of the last event.",
            static_cast<double>(status.last));
  if (status.last_event)
    out.gauge("log_last_event_timestamp_seconds", "When the last event was received, since 1970.",
              seconds_of(*status.last_event));
  out.gauge("log_outage", "1 while no event can be stored.", status.outage ? 1 : 0);
  out.histogram("log_commit_duration_seconds", "Of a transaction that stores events.",
                status.commit_seconds);
  out.histogram("log_commit_events", "New events in such a transaction.", status.commit_events);
  out.gauge("database_size_bytes", "The database of events on disk.",
            static_cast<double>(status.database_bytes));
  out.gauge("archive_lag_events", "Stored events that the archive's index does not have yet.",
            static_cast<double>(status.last - std::min(status.indexed, status.last)));
}

// The name of a known peer, or else the address without its port.
std::string group_of(const PeerStatus& peer) {
  if (!peer.known_as.empty()) return peer.known_as;
  return address_in(peer.address);
}

void add_subscribers(Families& out, const BrokerStatus& status) {
  double authors = 0;
  std::map<std::string, std::pair<Lag, std::uint64_t>> groups;
  for (const PeerStatus& peer : status.peers) {
    if (peer.side == PeerStatus::Side::author) {
      ++authors;
      continue;
    }
    std::string name = group_of(peer);
    if (groups.size() >= most_peers_in_metrics && !groups.contains(name)) name = "others";
    auto& [lag, count] = groups[name];
    ++count;
    if (!peer.lag) continue;
    lag.events = std::max(lag.events, peer.lag->events);
    lag.seconds = std::max(lag.seconds, peer.lag->seconds);
  }
  out.gauge("authors", "Authors that are connected.", authors);
  out.begin(MetricType::Gauge, "subscribers", "Subscribers that are connected.");
  for (const auto& [name, group] : groups)
    out.add(static_cast<double>(group.second), {{"peer", name}});
  out.begin(MetricType::Gauge, "subscriber_lag_events", "Events that are still to be sent.");
  for (const auto& [name, group] : groups)
    out.add(static_cast<double>(group.first.events), {{"peer", name}});
  out.begin(MetricType::Gauge, "subscriber_lag_seconds",
            "Since the first of these events was received.");
  for (const auto& [name, group] : groups)
    out.add(group.first.seconds, {{"peer", name}});
}

void add_upstreams(Families& out, const BrokerStatus& status) {
  const auto& all = status.upstreams;
  out.begin(MetricType::Gauge, "upstream_connected", "1 while it is connected.");
  for (const UpstreamStatus& each : all)
    out.add(each.connected ? 1 : 0, {{"upstream", each.name}});
  out.begin(MetricType::Counter, "upstream_events_total", "Events that it has sent.");
  for (const UpstreamStatus& each : all)
    out.add(static_cast<double>(each.events), {{"upstream", each.name}});
  out.begin(MetricType::Gauge, "upstream_last_event_timestamp_seconds",
            "When it sent the last one, since 1970.");
  for (const UpstreamStatus& each : all)
    if (each.last_event) out.add(seconds_of(*each.last_event), {{"upstream", each.name}});
  out.begin(MetricType::Gauge, "upstream_lag_messages",
            "Messages of a partition of a topic that are still to be read.");
  for (const UpstreamStatus& each : all)
    for (const PartitionStatus& partition : each.partitions)
      out.add(static_cast<double>(partition.lag),
              {{"upstream", each.name}, {"partition", partition.name}});
}

void add_followers(Families& out, const BrokerStatus& status) {
  out.begin(MetricType::Gauge, "follower_lag_events",
            "Events that a handler or a forward has not finished.");
  for (const FollowerStatus& each : status.followers)
    out.add(static_cast<double>(each.lag.events), {{"follower", each.name}});
  out.begin(MetricType::Gauge, "follower_lag_seconds",
            "Since the first of these events was received.");
  for (const FollowerStatus& each : status.followers)
    out.add(each.lag.seconds, {{"follower", each.name}});
}

}  // namespace

std::string metrics_text(const BrokerStatus& status) {
  Families out;
  add_process(out, status);
  add_events(out, status);
  add_log(out, status);
  add_subscribers(out, status);
  add_upstreams(out, status);
  add_followers(out, status);
  return out.text();
}

}  // namespace vtp
