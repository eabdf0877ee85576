// One memory budget for everything that peers can make a process keep: incomplete messages, events
// in transit, document trees and filters.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>

namespace vtp {

// Counts the bytes that its holders have, and refuses more than the limit. Any thread.
class MemoryBudget {
 public:
  // A holder of up to this many bytes is small, and may use the whole budget. Larger holders are
  // granted memory only up to three quarters of it.
  static constexpr std::size_t small = 64 * 1024;
  // A large holder is stalled if it has not progressed by `least_progress` bytes for
  // `stalled_after`.
  static constexpr std::size_t least_progress = 16 * 1024;
  static constexpr std::chrono::seconds stalled_after{1};

  explicit MemoryBudget(std::size_t bytes) : limit_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // More than three quarters are in use: work that can wait should wait.
  [[nodiscard]] bool is_short() const { return used_ > most_for_large(); }

  // Less than a quarter is in use: work that is faster with more memory may take it.
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
  std::mutex mutex_;         // guards the members below, and dropping
  std::set<Holder*> large_;  // the large holders that can be dropped
  std::uint64_t begun_ = 0;  // number of large holders so far
  std::size_t leaving_ = 0;  // bytes of holders that were dropped and still exist
};

// Something that holds memory. One thread at a time, except for the call of `drop`.
class MemoryBudget::Holder {
 public:
  // budget: nullptr means no budget and no limit. drop: called on any thread when others need
  // memory and this holder is large. Stalled holders are dropped first, the one that has been
  // stalled for longest before others, then the one that became large last. It must not call this
  // object; it should start the release and return soon. Empty: the holder is never dropped.
  explicit Holder(MemoryBudget* budget, std::function<void()> drop = {});
  ~Holder();
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  // Sets the total that it holds. False if that much is not available now: then it holds what it
  // held before, and a holder was dropped, possibly this one; try again in some milliseconds.
  [[nodiscard]] bool try_hold(std::size_t bytes);

  // The same, but always succeeds.
  void hold(std::size_t bytes);

  // It has progressed by that many bytes.
  void progress(std::size_t bytes);

  // Whether `drop` was called since it last became large.
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
  std::uint64_t number_ = 0;  // guarded by the budget's mutex: the order of becoming large
  std::size_t leaving_ = 0;   // guarded by it: bytes held when it was dropped
};

}  // namespace vtp
