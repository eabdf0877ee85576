#include "lib/base/metrics.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a counter counts what several threads add") {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&counter] {
      for (int times = 0; times < 1'000; ++times)
        counter.add(2);
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(counter.value() == 8'000);
}

TEST_CASE("a value is in the bucket whose bound it does not exceed") {
  Histogram histogram(1);
  for (const double value : {0.0, 1.0, 1.5, 2.0, 1e9})
    histogram.add(value);
  const HistogramValue value = histogram.value();
  REQUIRE(value.bounds.size() == Histogram::buckets);
  REQUIRE(value.counts.size() == Histogram::buckets + 1);
  CHECK(value.bounds[0] == 1);
  CHECK(value.bounds[1] == 2);
  CHECK(value.counts[0] == 2);
  CHECK(value.counts[1] == 2);
  CHECK(value.counts.back() == 1);
  CHECK(value.sum == 1e9 + 4.5);
}

TEST_CASE("histograms are added") {
  Histogram one(0.5);
  Histogram other(0.5);
  one.add(0.5);
  other.add(0.5);
  other.add(1);
  HistogramValue all;
  all += one.value();
  all += other.value();
  CHECK(all.counts[0] == 2);
  CHECK(all.counts[1] == 1);
  CHECK(all.sum == 2);
}

}  // namespace vtp
