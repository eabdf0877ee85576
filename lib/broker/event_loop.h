// One network thread of a broker: an Asio context, the sessions that live on it, and the worker that takes
// work off it.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "lib/base/log.h"
#include "lib/broker/broadcaster.h"
#include "lib/broker/receiver.h"
#include "lib/net/worker.h"
#include "lib/store/event_log.h"

namespace vtp {

// What is here runs on the thread that runs the context, but for what is said to be for any thread.
class EventLoop {
 public:
  // What it is given must live longer; the log of events shorter than the context, whose sessions it
  // resumes.
  EventLoop(asio::io_context& context, ReceiverOptions receiver, BroadcasterOptions broadcaster,
            EventLog& events, const Clock& clock, const Log& log, PeerLog& peer_log);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  [[nodiscard]] asio::io_context& context() { return context_; }
  [[nodiscard]] Worker& worker() { return worker_; }

  // Begins a session with a socket of the context's. Any thread.
  using Seat = std::optional<ConnectionLimit::Seat>;
  void welcome_author(std::shared_ptr<WatchedSocket> socket, const std::string& peer, Seat seat);
  void turn_author_away(std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                        std::string reason, ConnectionLimit::Seat seat);
  void welcome_subscriber(std::shared_ptr<WatchedSocket> socket, const std::string& peer,
                          Seat seat);

  // As Receiver::finish and Broadcaster::finish.
  [[nodiscard]] asio::awaitable<void> finish_authors(std::chrono::steady_clock::time_point end) {
    return receiver_.finish(end);
  }
  [[nodiscard]] asio::awaitable<void> finish_subscribers(
      std::chrono::steady_clock::time_point end) {
    return broadcaster_.finish(end);
  }

 private:
  template <class Side>
  void welcome(Side& side, std::shared_ptr<WatchedSocket> socket, const std::string& peer,
               Seat seat);
  void report(const std::string& peer, const std::exception_ptr& problem) const;

  asio::io_context& context_;
  const Log& log_;
  Worker worker_;
  Receiver receiver_;
  Broadcaster broadcaster_;
};

}  // namespace vtp
