// What became of a load: what was answered, what arrived and when.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vtp {

using LoadClock = std::chrono::steady_clock;

class LoadTally {
 public:
  enum class Answer : std::uint8_t { none, accepted, refused, failed };

  // wanted[n]: how many subscribers want event n.
  explicit LoadTally(std::vector<std::size_t> wanted);

  // The first byte of an event is about to go out.
  void sent(std::size_t event);
  void answered(std::size_t event, Answer answer);
  [[nodiscard]] Answer answer_to(std::size_t event) const { return answers_[event]; }
  // A subscriber has all of an event, for the first time, since that time.
  void delivered(std::size_t event, LoadClock::time_point when);
  [[nodiscard]] std::size_t deliveries() const { return delivered_; }
  void duplicate() { ++duplicates_; }
  // What is no event of ours, or not whole, or was not wanted; or a connection that ended.
  void other() { ++other_; }

  // Every event has its answer, and everybody what he wants of those that were accepted.
  [[nodiscard]] bool complete() const;
  [[nodiscard]] bool went_well() const;
  // All of it as NAME=VALUE, with spaces between. Times are in us, rates in 1/s.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::size_t count(Answer answer) const;
  [[nodiscard]] std::size_t missing() const { return awaited_ - delivered_; }

  std::vector<std::size_t> wanted_;
  std::vector<Answer> answers_;
  std::vector<LoadClock::time_point> sent_;
  std::vector<float> latencies_;  // us, of each delivery
  std::size_t answered_ = 0;
  std::size_t awaited_ = 0;  // deliveries of the events that were accepted
  std::size_t delivered_ = 0;
  std::size_t duplicates_ = 0;
  std::size_t other_ = 0;
  std::optional<LoadClock::time_point> begin_;
  LoadClock::time_point last_answer_;
  LoadClock::time_point last_delivery_;
};

}  // namespace vtp
