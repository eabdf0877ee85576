// A broker put together: endpoints to listen on, upstreams, the log of events, the sessions, and how it
// stops.
#pragma once

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

#include "lib/base/log.h"
#include "lib/broker/allow_lists.h"
#include "lib/broker/event_loop.h"
#include "lib/broker/handler.h"
#include "lib/broker/relay.h"
#include "lib/net/budget.h"
#include "lib/net/connection_limit.h"
#include "lib/net/endpoint.h"
#include "lib/net/listen.h"
#include "lib/net/network_threads.h"
#include "lib/net/peer_log.h"
#include "lib/net/supervised.h"
#include "lib/store/event_log.h"
#include "lib/subscriber/subscriber.h"

namespace vtp {

// Of the authors, or of the subscribers: how many may be connected at the same time.
struct ConnectionLimits {
  std::size_t total = 4096;
  std::size_t each_address = 3072;
};

struct BrokerOptions {
  std::vector<Endpoint> receive;              // where authors submit
  std::vector<AddressRange> receive_allowed;  // who may
  ReceiverOptions receiver;
  std::vector<Endpoint> broadcast;              // where subscribers connect
  std::vector<AddressRange> broadcast_allowed;  // who may
  BroadcasterOptions broadcaster;
  ConnectionLimits authors;
  ConnectionLimits subscribers;
  std::size_t max_memory = 512 * 1024 * 1024;  // bytes, for all that there is
  std::chrono::milliseconds test_interval{0};  // between test events of our own; 0: none
  std::vector<SubscriberOptions> upstreams;    // the brokers that we subscribe to
  std::vector<HandlerOptions> handlers;        // what we do ourselves with events
  std::size_t threads = 1;                     // that do the network's work
  std::string event_db;                        // the store's file
  std::string version;                         // of the program, for the first line in the log
  Keep keep;
  Sync sync = Sync::full;
  std::function<void()> on_listening;  // called once, when everybody can connect
  std::function<void()> on_hangup;     // at each SIGHUP, which is not handled where this is empty
  // At each SIGHUP that is handled, after on_hangup, on a thread where nobody waits for it: who is let in
  // from then on. Nothing: those who were. Connections that are open stay.
  std::function<std::optional<AllowedRanges>()> read_allowed_again;
  std::function<void()> on_stopping;  // once, after SIGINT or SIGTERM
};

class Broker {
 public:
  // Takes every endpoint to listen on and opens the store; nobody can connect yet. The log says what the store
  // has. Throws
  // std::runtime_error, in one line, if any of it cannot be had, and then leaves nothing behind.
  // clock and log must live longer.
  Broker(BrokerOptions options, const Clock& clock, const Log& log);

  // Serves until SIGINT or SIGTERM, then takes nothing new, lets those at work finish, for 5 s at
  // most, and returns. Once, on the thread that is to be the first of those that do the network's work:
  // it accepts connections, which live on each in turn, and has upstreams and handlers.
  void run();

 private:
  using Listeners = std::vector<std::unique_ptr<Listener>>;
  using Welcome = void (EventLoop::*)(std::shared_ptr<WatchedSocket>, const std::string&,
                                      EventLoop::Seat);
  using Finish = asio::awaitable<void> (EventLoop::*)(std::chrono::steady_clock::time_point);

  void report_start() const;
  void forget_former_handlers();
  void serve(const Listeners& listeners, const std::vector<AddressRange>& allowed, Welcome welcome,
             ConnectionLimit& limit, const char* whom);
  void turn_away(EventLoop& loop, std::shared_ptr<WatchedSocket> author, const Peer& peer,
                 std::string reason);
  void subscribe_to(SubscriberOptions upstream);
  void supervise(std::string name, Supervised::Work work);
  static asio::awaitable<void> listen_to(Subscriber& upstream);
  asio::awaitable<void> send_test_events();
  asio::awaitable<void> stop_on_signal();
  void stop_taking();
  asio::awaitable<void> finish_all(Finish finish, std::chrono::steady_clock::time_point end);
  asio::awaitable<void> heed_hangups();
  void allow(AllowedRanges allowed);

  BrokerOptions options_;
  const Clock& clock_;
  const Log& log_;
  PeerLog peer_log_;
  MemoryBudget memory_;
  ConnectionLimit authors_;
  ConnectionLimit subscribers_;
  ConnectionLimit turned_away_;  // authors who are told why
  NetworkThreads threads_;
  asio::io_context& context_;  // the first thread's
  asio::signal_set signals_;
  asio::signal_set hangups_;
  asio::steady_timer next_test_event_;
  Listeners author_listeners_;
  Listeners subscriber_listeners_;
  EventLog events_;  // ends before threads_ do, whose sessions it resumes
  std::vector<std::unique_ptr<EventLoop>> loops_;  // one for each thread
  std::vector<std::unique_ptr<Relay>> relays_;     // one for each of upstreams_
  std::vector<std::unique_ptr<Handler>> handlers_;
  std::vector<std::unique_ptr<Subscriber>> upstreams_;
  // What lives as long as the broker. The last one stops the others.
  std::vector<std::unique_ptr<Supervised>> supervised_;
  std::optional<std::chrono::steady_clock::time_point> stop_by_;  // once it is to stop
  asio::thread_pool rereading_{1};                                // of allow lists
};

}  // namespace vtp
