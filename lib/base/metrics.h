// Counters and histograms that any thread may add to while another reads them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vtp {

// Any thread. A reader sees each addition once, in no promised order among several counters.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// A histogram at one moment. counts[i] is the number of values above bounds[i - 1], up to bounds[i];
// the last count is that of values above all bounds.
struct HistogramValue {
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;
  double sum = 0;

  // Adds another with the same bounds; one without bounds is empty.
  HistogramValue& operator+=(const HistogramValue& other);
};

// Values from 0, counted in buckets whose bounds are `lowest`, twice that, and so on. Any thread.
class Histogram {
 public:
  static constexpr std::size_t buckets = 20;

  explicit Histogram(double lowest) : lowest_(lowest) {}

  void add(double value);
  [[nodiscard]] HistogramValue value() const;

 private:
  const double lowest_;
  std::array<std::atomic<std::uint64_t>, buckets + 1> counts_{};
  std::atomic<double> sum_{0};
};

}  // namespace vtp
