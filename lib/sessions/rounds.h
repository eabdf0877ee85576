// Wakes the sessions that follow the log when it has grown: all in one round, a few at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "lib/store/event_log.h"

namespace vtp {

// One thread, that of the executor. The log must live longer.
class Rounds {
 public:
  // Woken after the log has grown. It must check for new events before it waits again.
  class Follower {
   public:
    virtual void wake_up() = 0;

   protected:
    ~Follower() = default;
  };

  // Waking many followers costs more than the events that they are sent, and delays authors. So
  // after each round there is a pause as long as the round took, at most this long: under low load
  // it is not noticeable, and under high load events accumulate and are sent together.
  static constexpr std::chrono::milliseconds longest_pause{10};

  // on_begin: called at the beginning of each round.
  Rounds(asio::any_io_executor executor, EventLog& events, std::function<void()> on_begin = {});

  void add(Follower& follower);
  void remove(Follower& follower);

  // The number of rounds begun. A follower that finds nothing to do waits only if the number is the
  // same as before it checked.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void tell_growth();
  void begin();
  void wake_some();
  void end();

  asio::any_io_executor executor_;
  const std::function<void()> on_begin_;
  std::set<Follower*> followers_;
  std::atomic<bool> has_followers_{false};  // read by the appending thread
  std::atomic<bool> waking_{false};         // growth was reported, and no round has begun since
  std::uint64_t begun_ = 0;
  bool under_way_ = false;
  bool another_ = false;            // after the current round
  Follower* last_woken_ = nullptr;  // in the current round
  TimePoint began_{};
  TimePoint next_{};          // the earliest start of the next round
  asio::steady_timer pause_;  // until next_
  EventLog::Watch growth_;    // destroyed first
};

}  // namespace vtp
