// Wakes those who follow the log when it has grown: all of them together, and a few at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <set>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "lib/store/event_log.h"

namespace vtp {

// Runs on one thread, that of the executor. The log must live longer.
class Rounds {
 public:
  // One who is woken. It looks for new events before it waits for more.
  class Follower {
   public:
    virtual void wake_up() = 0;

   protected:
    ~Follower() = default;
  };

  // To wake many costs more than what they are sent, and they keep authors waiting. So after each round
  // there is a pause as long as that took, up to this: when there is little to do, nobody notices, and when
  // there is much, events gather, and go out together.
  static constexpr std::chrono::milliseconds longest_pause{10};

  Rounds(asio::any_io_executor executor, EventLog& events);

  void add(Follower& follower);
  void remove(Follower& follower);

  // How many rounds have begun. Who finds nothing to do waits only if that is as it was before it looked.
  [[nodiscard]] std::uint64_t begun() const { return begun_; }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  void tell_growth();
  void begin();
  void wake_some();
  void end();

  asio::any_io_executor executor_;
  std::set<Follower*> followers_;
  std::atomic<bool> has_followers_{false};  // for the thread that appends
  std::atomic<bool> waking_{false};         // it has told us, and no round has begun since
  std::uint64_t begun_ = 0;
  bool under_way_ = false;
  bool another_ = false;            // behind the one that is under way
  Follower* last_woken_ = nullptr;  // in that
  TimePoint began_{};
  TimePoint next_{};          // not before that
  asio::steady_timer pause_;  // until then
  EventLog::Watch growth_;    // the first to end
};

}  // namespace vtp
