#include "lib/base/metrics.h"

namespace vtp {

HistogramValue& HistogramValue::operator+=(const HistogramValue& other) {
  if (bounds.empty()) return *this = other;
  for (std::size_t i = 0; i < other.counts.size(); ++i)
    counts[i] += other.counts[i];
  sum += other.sum;
  return *this;
}

void Histogram::add(double value) {
  std::size_t bucket = 0;
  for (double bound = lowest_; value > bound && bucket < buckets; bound *= 2)
    ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

HistogramValue Histogram::value() const {
  HistogramValue result;
  double bound = lowest_;
  for (std::size_t i = 0; i < buckets; ++i, bound *= 2)
    result.bounds.push_back(bound);
  for (const auto& count : counts_)
    result.counts.push_back(count.load(std::memory_order_relaxed));
  result.sum = sum_.load(std::memory_order_relaxed);
  return result;
}

}  // namespace vtp
