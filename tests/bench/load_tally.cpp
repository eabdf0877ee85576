#include "tests/bench/load_tally.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

double seconds(LoadClock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// 0 where nothing was counted.
double rate(std::size_t count, LoadClock::duration duration) {
  return count == 0 ? 0 : static_cast<double>(count) / std::max(seconds(duration), 1e-9);
}

}  // namespace

LoadTally::LoadTally(std::vector<std::size_t> wanted)
    : wanted_(std::move(wanted)), answers_(wanted_.size(), Answer::none), sent_(wanted_.size()) {}

void LoadTally::sent(std::size_t event) {
  sent_[event] = LoadClock::now();
  if (!begin_) begin_ = last_answer_ = last_delivery_ = sent_[event];
}

void LoadTally::answered(std::size_t event, Answer answer) {
  answers_[event] = answer;
  ++answered_;
  if (answer == Answer::accepted) awaited_ += wanted_[event];
  last_answer_ = LoadClock::now();
}

void LoadTally::delivered(std::size_t event, LoadClock::time_point when) {
  ++delivered_;
  latencies_.push_back(static_cast<float>(seconds(when - sent_[event]) * 1e6));
  last_delivery_ = when;
}

bool LoadTally::complete() const { return answered_ == answers_.size() && delivered_ >= awaited_; }

std::size_t LoadTally::count(Answer answer) const {
  return static_cast<std::size_t>(std::ranges::count(answers_, answer));
}

bool LoadTally::went_well() const {
  return complete() && count(Answer::accepted) == answers_.size() && delivered_ == awaited_ &&
         duplicates_ == 0 && other_ == 0;
}

std::string LoadTally::text() const {
  std::vector<float> sorted = latencies_;
  std::ranges::sort(sorted);
  const auto percentile = [&](std::size_t percent) {
    return sorted.empty() ? 0.0F : sorted[(sorted.size() - 1) * percent / 100];
  };
  const LoadClock::time_point begin = begin_.value_or(LoadClock::time_point{});
  return fmt::format(
      "accepted={} refused={} failed={} delivered={} missing={} duplicates={} other={} "
      "events_per_s={:.0f} deliveries_per_s={:.0f} latency_median_us={:.0f} latency_p99_us={:.0f}",
      count(Answer::accepted), count(Answer::refused), count(Answer::failed) + count(Answer::none),
      delivered_, static_cast<std::ptrdiff_t>(missing()), duplicates_, other_,
      rate(answered_, last_answer_ - begin), rate(delivered_, last_delivery_ - begin),
      percentile(50), percentile(99));
}

}  // namespace vtp
