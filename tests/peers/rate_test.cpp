#include "lib/peers/rate.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateBucket::TimePoint noon{std::chrono::hours(12)};

// How many events are within the rate at this moment.
int taken(RateBucket& bucket, const Rate& rate, RateBucket::TimePoint now) {
  int count = 0;
  while (count < 1000 && bucket.take(rate, now))
    ++count;
  return count;
}

std::string problem_of(const char* text) {
  const auto rate = Rate::parse(text);
  return rate ? "none" : rate.problem();
}

}  // namespace

TEST_CASE("a rate is events per second, and how many may come at once") {
  CHECK(*Rate::parse("10/s") == Rate{10, 10});
  CHECK(*Rate::parse("10/s,50") == Rate{10, 50});
  CHECK(*Rate::parse("0.1/s") == Rate{0.1, 1});
  CHECK(*Rate::parse("2.5/s,1") == Rate{2.5, 1});
  CHECK(text_of(*Rate::parse("0.5/s,20")) == "0.5/s,20");
}

TEST_CASE("what is no rate is refused with the reason") {
  CHECK(problem_of("10") == "10 is not a rate; write events per second, as in 10/s");
  CHECK(problem_of("10/m") == "10/m is not a rate; write events per second, as in 10/s");
  for (const char* text : {"0/s", "-1/s", "x/s", "/s", "1e7/s", "NaN/s"})
    CHECK(problem_of(text) ==
          std::string(text) + ": the events per second are not a number above 0, at most 1000000");
  for (const char* text : {"1/s,", "1/s,0", "1/s,0.5", "1/s,x", "1/s,1e7", "1/s,2,3"})
    CHECK(problem_of(text) == std::string(text) + ": the burst is not a number from 1 to 1000000");
}

TEST_CASE("a burst is allowed at first, and again after a pause that is long enough") {
  const Rate rate{10, 5};
  RateBucket bucket;
  CHECK(taken(bucket, rate, noon) == 5);
  CHECK(taken(bucket, rate, noon + milliseconds(99)) == 0);
  CHECK(taken(bucket, rate, noon + milliseconds(100)) == 1);
  CHECK(taken(bucket, rate, noon + milliseconds(350)) == 2);
  CHECK(taken(bucket, rate, noon + seconds(100)) == 5);
}

TEST_CASE("over a long time the rate is what it says") {
  const Rate rate{3, 1};
  RateBucket bucket;
  int count = 0;
  for (int i = 0; i < 100'000; ++i)
    count += bucket.take(rate, noon + milliseconds(i)) ? 1 : 0;
  CHECK(count >= 299);
  CHECK(count <= 301);
}

TEST_CASE("another rate counts at once") {
  RateBucket bucket;
  CHECK(taken(bucket, {1, 1}, noon) == 1);
  CHECK(taken(bucket, {100, 100}, noon + seconds(1)) == 100);
  CHECK(taken(bucket, {1, 1}, noon + seconds(60)) == 1);
}

}  // namespace vtp
