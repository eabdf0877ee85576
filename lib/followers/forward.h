// A forward: hands the events that a broker accepts on to a topic or to another broker.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/author/answer.h"
#include "lib/base/backoff.h"
#include "lib/base/diagnostics.h"
#include "lib/followers/destination.h"
#include "lib/followers/log_follower.h"
#include "lib/followers/topic_tail.h"
#include "lib/net/coroutine.h"
#include "lib/store/event_log.h"

namespace vtp {

struct ForwardOptions {
  DestinationOptions destination;
  std::string local_ivo;  // the broker's own; forwards skip its test events
  // How long the destination may acknowledge nothing before that is reported.
  std::chrono::milliseconds patience{30'000};
};

// The name of its cursor in the log, which identifies it in the next run: "forward ENDPOINT".
[[nodiscard]] std::string cursor_name(const ForwardOptions& options);

// Events are sent in the order of the log, many at the same time. An event is finished when the
// destination has accepted it, has it already, or refuses it for good, which is reported. A
// destination that is away is waited for; that it is away and comes back is reported once each.
class Forward final : public LogFollower {
 public:
  // Begins at its cursor or, without one, after the last event in the log. tail: what the broker
  // reads of the topic that is the destination; nullptr: nothing. Throws std::runtime_error as
  // make_destination, or if the cursor cannot be read.
  Forward(asio::any_io_executor executor, ForwardOptions options, TopicTail* tail, EventLog& events,
          const Diagnostics& diagnostics);

 private:
  asio::awaitable<void> take(const LogEntry& entry, Turn turn) override;
  asio::awaitable<void> complete() override;
  asio::awaitable<void> close() override;
  void begin_finish() override;
  void cancel() override;
  asio::awaitable<void> send(LogEntry entry, Turn turn);
  void settle(const LogEntry& entry, Turn turn, const Answer& answer);
  void done_with(const LogEntry& entry, Turn turn);
  void fail(Sequence event, Turn turn, const std::string& reason);
  void watch();
  void begin_wait(const std::string& reason);
  void go_on();
  void give_up();
  [[nodiscard]] bool has_room() const;

  const std::string name_;  // of the destination
  TopicTail* const tail_;
  const std::unique_ptr<Destination> destination_;
  BackOff back_off_;
  TimePoint next_try_;  // of the events that have failed
  std::size_t under_way_ = 0;
  std::size_t bytes_under_way_ = 0;
  Sequence last_ = 0;            // the last event that was sent
  Sequence alone_until_ = 0;     // events up to this one are sent each on its own
  std::set<Sequence> finished_;  // beyond those up to which all are: not to be sent again
  Change change_;                // of what is under way
  const std::chrono::milliseconds patience_;
  TimePoint answered_;        // the last answer, or when there was nothing to wait for
  asio::steady_timer watch_;  // runs while events are under way
  bool watching_ = false;
  enum class State { begun, going, waiting };
  State state_ = State::begun;
};

}  // namespace vtp
