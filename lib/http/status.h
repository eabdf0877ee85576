// What a broker tells of itself over HTTP: values, as they were at one moment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/sessions/peer_status.h"
#include "lib/store/cursors.h"

namespace vtp {

// A partition of a topic that the broker reads.
struct PartitionStatus {
  std::string name;       // "topic[0]"
  std::uint64_t lag = 0;  // messages that are not processed
};

struct UpstreamStatus {
  std::string name;  // as it was configured
  bool connected = false;
  std::uint64_t events = 0;          // received since the start
  std::optional<Time> last_event{};  // when the last one was received; none since the start
  std::vector<PartitionStatus> partitions{};
};

// A handler or a forward.
struct FollowerStatus {
  std::string name;  // of its cursor: "print", "forward host:8098"
  Sequence position = 0;
  Lag lag{};
};

struct ThreadStatus {
  std::string name;         // "network", "worker", "log": one for all of that kind
  double busy_seconds = 0;  // processor time since the start
};

// The events of one result. from: "author", "upstream"; result: "accepted", "duplicate", "refused",
// "failed"; reason: one of few fixed words, empty for "accepted".
struct ResultCount {
  std::string from;
  std::string result;
  std::string reason;
  std::uint64_t count = 0;
};

struct BrokerStatus {
  std::string version;  // "1.0.0"
  std::string local_ivo;
  Time started{};
  Time now{};
  // No event can be stored; the reason, in words.
  std::optional<std::string> outage{};
  bool listening = false;  // all listeners accept connections
  Sequence last = 0;       // the last event of the log
  std::optional<Time> last_event{};
  std::vector<PeerStatus> peers{};
  std::vector<UpstreamStatus> upstreams{};
  std::vector<FollowerStatus> followers{};
  std::vector<ThreadStatus> threads{};
  std::vector<ResultCount> results{};  // since the start
  std::uint64_t bytes_received = 0;    // of events, since the start
  std::uint64_t bytes_sent = 0;        // to subscribers
  std::uint64_t events_sent = 0;
  HistogramValue ack_seconds{};       // from the receipt of an event to its ack
  HistogramValue delivery_seconds{};  // from the receipt to the last subscriber that keeps up
  HistogramValue commit_seconds{};    // of a transaction of the log
  HistogramValue commit_events{};     // events in it
  std::uint64_t database_bytes = 0;
  Sequence indexed = 0;  // the archive's index has the events up to this one
  std::optional<Time> certificate_end{};
};

// Reads it; may block for up to a second. Any thread but an event loop's.
using ReadStatus = std::function<BrokerStatus()>;

}  // namespace vtp
