// What a broker tells of itself over HTTP: values, as they were at one moment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/metrics.h"
#include "lib/store/cursors.h"

namespace vtp {

// How far a cursor is behind the end of the log.
struct Lag {
  std::uint64_t events = 0;
  double seconds = 0;  // since the first of these events was received; 0 without events
};

// A connected peer.
struct PeerStatus {
  enum class Side { author, subscriber };

  Side side = Side::subscriber;
  std::string address;   // "192.0.2.7:41234", "unix:/run/brokerd.sock"
  std::string known_as;  // its name in the list of known peers; empty: there is none
  bool has_tls = false;
  Time since{};                        // when it connected
  std::uint64_t events = 0;            // that it submitted, or that were sent to it
  std::vector<std::string> filters{};  // XPath, of a subscriber
  std::optional<Lag> lag{};            // of a subscriber; none for an author
};

// A partition of a topic that the broker reads.
struct PartitionStatus {
  std::string name;                  // "topic[0]"
  std::optional<std::uint64_t> lag;  // messages that it has not read; none: not known yet
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
  std::string name;
  Lag lag;
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
  std::string version;
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
