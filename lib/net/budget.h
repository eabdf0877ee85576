// One budget of memory for all that peers can make a process keep: messages that are not all there, events
// on their way, trees and filters.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>

namespace vtp {

// Counts what its holders have, in bytes, and says when that is too much. Any thread.
class MemoryBudget {
 public:
  // What is not more than this is small, and may be had as long as there is anything left; what is larger,
  // only up to three quarters of the budget.
  static constexpr std::size_t small = 64 * 1024;
  // A large holder that has not moved on by so many bytes for so long is stalled.
  static constexpr std::size_t least_progress = 16 * 1024;
  static constexpr std::chrono::seconds stalled_after{1};

  explicit MemoryBudget(std::size_t bytes) : limit_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Three quarters are in use: what can wait, waits.
  [[nodiscard]] bool is_short() const { return used_ > most_for_large(); }

  // Three quarters are free: what is quicker with more, may take more.
  [[nodiscard]] bool has_plenty() const { return used_ < limit_ / 4; }

  [[nodiscard]] std::size_t used() const { return used_; }

  class Holder;

 private:
  [[nodiscard]] std::size_t most_for_large() const { return limit_ / 4 * 3; }
  bool take(std::size_t bytes, std::size_t most);
  void make_room(std::size_t bytes);
  Holder* next_to_go();

  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
  std::mutex mutex_;         // guards what follows, and who is dropped
  std::set<Holder*> large_;  // those that can be dropped
  std::uint64_t begun_ = 0;  // of them so far
  std::size_t leaving_ = 0;  // bytes of those that were dropped and are not gone
};

// Something that holds memory. One thread at a time, but for what it is asked to drop.
class MemoryBudget::Holder {
 public:
  // None: no budget, and so no bounds. drop: called on any thread when others need what it holds and it is
  // large: the stalled ones first, the one that has been so for longest, then the one that became large
  // last. It must not come back to this object; what it has begun is to end soon. Empty: never.
  explicit Holder(MemoryBudget* budget, std::function<void()> drop = {});
  ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  // From now on it holds so many bytes in all. False if they are not there now: then it holds what it did,
  // and somebody was dropped, perhaps itself; worth another try in some milliseconds.
  [[nodiscard]] bool try_hold(std::size_t bytes);

  // The same in any case.
  void hold(std::size_t bytes);

  // It has moved on by so many bytes.
  void progress(std::size_t bytes);

  // Whether `drop` was called since it was large last.
  [[nodiscard]] bool dropped() const { return dropped_; }

 private:
  friend class MemoryBudget;
  using TimePoint = std::chrono::steady_clock::time_point;

  void note(std::size_t bytes);

  MemoryBudget* const budget_;
  const std::function<void()> drop_;
  std::atomic<std::size_t> held_{0};
  std::size_t moved_ = 0;
  std::atomic<TimePoint> moved_on_{TimePoint{}};
  std::atomic<bool> dropped_{false};
  std::uint64_t number_ =
      0;  // guarded by the budget's mutex: in the order in which they became large
  std::size_t leaving_ = 0;  // guarded by it: what it held when it was dropped
};

}  // namespace vtp
