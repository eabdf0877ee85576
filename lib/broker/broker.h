// The whole broker: the endpoints that it listens on, its upstream brokers, the log, the sessions,
// and how it stops.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "lib/archive/indexer.h"
#include "lib/base/diagnostics.h"
#include "lib/broker/allow_lists.h"
#include "lib/broker/certificate_watch.h"
#include "lib/broker/shared_log.h"
#include "lib/broker/sources_and_followers.h"
#include "lib/broker/status_collector.h"
#include "lib/broker/test_events.h"
#include "lib/followers/forward.h"
#include "lib/followers/handler.h"
#include "lib/http/http_server.h"
#include "lib/net/budget.h"
#include "lib/net/connection_limit.h"
#include "lib/net/endpoint.h"
#include "lib/net/listen.h"
#include "lib/net/network_threads.h"
#include "lib/net/peer_diagnostics.h"
#include "lib/net/supervised.h"
#include "lib/peers/admission.h"
#include "lib/sessions/event_loop.h"
#include "lib/signature/verifier.h"
#include "lib/store/event_log.h"
#include "lib/subscriber/kafka_subscriber.h"
#include "lib/subscriber/subscriber.h"

namespace vtp {

// For authors or for subscribers: the most simultaneous connections.
struct ConnectionLimits {
  std::size_t total = 4096;
  std::size_t each_address = 3072;
};

struct BrokerOptions {
  std::vector<Endpoint> receive;              // where authors submit
  std::vector<AddressRange> receive_allowed;  // allowed addresses
  ReceiverOptions receiver;
  std::vector<Endpoint> broadcast;              // where subscribers connect
  std::vector<AddressRange> broadcast_allowed;  // allowed addresses
  BroadcasterOptions broadcaster;
  HttpOptions http;  // endpoints: empty for none
  ConnectionLimits authors;
  ConnectionLimits subscribers;
  VerifierOptions signatures;                     // of events from authors and upstreams
  std::size_t max_memory = 512 * 1024 * 1024;     // bytes, for the whole process
  std::chrono::milliseconds test_interval{0};     // between our own test events; 0: none
  std::vector<SubscriberOptions> upstreams;       // the brokers that we subscribe to
  std::vector<KafkaSubscriberOptions> topics;     // of clusters that we read
  std::vector<std::string> upstream_filters;      // XPath: which of their events are wanted
  std::vector<HandlerOptions> handlers;           // what the broker itself does with events
  std::vector<ForwardOptions> forwards;           // where it hands them on to
  BrokerTls tls;                                  // for endpoints with TLS
  std::chrono::milliseconds tls_timeout{10'000};  // for a handshake
  std::size_t threads = 1;                        // network threads
  std::string event_db;                           // the file of the log
  std::optional<SharedLogOptions>
      shared_log;       // of which event_db is a copy; its worker is set here
  std::string version;  // "1.0.0"
  Keep keep;
  Sync sync = Sync::full;
  // Called once, when all endpoints are bound, before the log is opened and before there are threads:
  // a program that was started by root changes to another user here. What it throws ends the start.
  std::function<void()> on_bound = [] {};
  std::function<void()> on_listening;  // called once, when peers can connect
  std::function<void()> on_hangup;     // called at each SIGHUP; empty: SIGHUP is not handled
  // Called at each SIGHUP that is handled, after on_hangup, on a thread that may block: returns the
  // addresses that are allowed from then on, or nothing for no change. Open connections stay.
  std::function<std::optional<AllowedRanges>()> read_allowed_again;
  PeerListPtr peers;  // who may connect, in addition to the addresses; nullptr: everybody
  // As read_allowed_again, for the list of peers: nullptr for no change. Connections of peers that
  // are not in the new list end; the others have its limits.
  std::function<PeerListPtr()> read_peers_again;
  std::function<void()> on_stopping;  // called once, after SIGINT or SIGTERM
};

class Broker {
 public:
  // Binds every endpoint and opens the log; no peer can connect yet. Reports what the log contains.
  // Throws std::runtime_error, with one line, if any of that fails, and then leaves nothing behind.
  // clock and diagnostics must live longer.
  Broker(BrokerOptions options, const Clock& clock, const Diagnostics& diagnostics);

  // With a shared log, reads first what it has (SharedLog::open, whose exceptions are thrown here).
  // Serves until SIGINT or SIGTERM, then accepts nothing new, lets sessions finish for up to 5 s,
  // and returns. Call it once. The calling thread becomes the first network thread: it accepts
  // connections, which are distributed over all network threads in turn, and runs upstreams,
  // handlers and forwards.
  void run();

  // What the broker is doing now; waits for the event loops, for up to 1 s. Any thread but theirs,
  // while run() runs.
  [[nodiscard]] BrokerStatus status() { return status_->read(); }

 private:
  using Listeners = std::vector<std::unique_ptr<Listener>>;
  using Welcome = void (EventLoop::*)(std::shared_ptr<WatchedSocket>, Peer, EventLoop::Seat);
  using Finish = asio::awaitable<void> (EventLoop::*)(std::chrono::steady_clock::time_point);

  std::unique_ptr<StatusCollector> make_status_collector();
  void report_start() const;
  [[nodiscard]] CheckSignature signature_check();
  void begin_serving();
  asio::awaitable<void> open_shared_log();
  void serve(const Listeners& listeners, const std::vector<AddressRange>& allowed, Welcome welcome,
             ConnectionLimit& limit, const char* whom);
  void turn_away(EventLoop& loop, std::shared_ptr<WatchedSocket> author, const Peer& peer,
                 std::string reason);
  void supervise(std::string name, Supervised::Work work);
  asio::awaitable<void> stop_on_signal();
  void stop_taking();
  asio::awaitable<void> finish_all(Finish finish, std::chrono::steady_clock::time_point end);
  asio::awaitable<void> heed_hangups();
  void allow(AllowedRanges allowed);
  void admit(PeerListPtr peers);

  BrokerOptions options_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  PeerDiagnostics peer_diagnostics_;
  MemoryBudget memory_;
  ConnectionLimit authors_;
  ConnectionLimit subscribers_;
  ConnectionLimit turned_away_;  // authors who are told the reason
  std::optional<PeerRegister> peers_;
  NetworkThreads threads_;
  asio::io_context& context_;  // the first thread's
  asio::signal_set signals_;
  asio::signal_set hangups_;
  Listeners author_listeners_;
  Listeners subscriber_listeners_;
  std::unique_ptr<HttpServer> http_;    // nullptr: there is none; stopped before events_ ends
  EventLog events_;                     // destroyed before threads_, whose sessions it resumes
  std::unique_ptr<Indexer> indexer_;    // of the archive
  std::unique_ptr<Verifier> verifier_;  // nullptr: no signature is looked at
  TestEvents test_events_;
  std::optional<CertificateWatch> certificate_watch_;  // with TLS
  std::vector<std::unique_ptr<EventLoop>> loops_;      // one per thread
  std::unique_ptr<SharedLog> shared_log_;              // nullptr: there is none
  std::unique_ptr<SourcesAndFollowers> others_;
  std::atomic<bool> listening_{false};  // all listeners accept connections
  std::unique_ptr<StatusCollector> status_;
  // Runs as long as the broker. The first one stops the others.
  std::vector<std::unique_ptr<Supervised>> supervised_;
  std::optional<std::chrono::steady_clock::time_point> stop_by_;  // set when it is to stop
  asio::thread_pool rereading_{1};  // for reading the allow lists again
};

}  // namespace vtp
