#include "lib/kafka/fetch_waker.h"

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp::test {
namespace {

constexpr std::size_t megabyte = 1024 * 1024;
const Offsets two{{{"a", 0}, 5}, {{"b", 3}, 7}};

}  // namespace

TEST_CASE("librdkafka is woken when half of a full queue has been taken") {
  std::vector<std::vector<Partition>> asked;
  {
    FetchWaker waker(
        [&asked](const std::vector<Partition>& partitions) { asked.push_back(partitions); });
    for (int i = 0; i < 7; ++i)
      waker.took(megabyte / 2, two);
  }
  CHECK(asked.empty());
  {
    FetchWaker waker(
        [&asked](const std::vector<Partition>& partitions) { asked.push_back(partitions); });
    for (int i = 0; i < 8; ++i)
      waker.took(megabyte / 2, two);
  }
  REQUIRE(asked.size() == 1);
  CHECK(asked.front() == std::vector<Partition>{{"a", 0}, {"b", 3}});
}

TEST_CASE("small messages count, too: their number in the queue is limited") {
  std::atomic<int> asked = 0;
  {
    FetchWaker waker([&asked](const std::vector<Partition>&) { ++asked; });
    for (int i = 0; i < 50'000 && asked == 0; ++i)
      waker.took(1, two);
  }
  CHECK(asked > 0);
}

TEST_CASE("there is one request at a time, and what is taken meanwhile counts for the next") {
  std::promise<void> first;
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  std::promise<void> second;
  std::atomic<int> asked = 0;
  FetchWaker waker([&](const std::vector<Partition>&) {
    const int number = ++asked;
    if (number == 1) {
      first.set_value();
      answered.wait();
    } else if (number == 2) {
      second.set_value();
    }
  });
  waker.took(4 * megabyte, two);
  REQUIRE(first.get_future().wait_for(test_timeout) == std::future_status::ready);
  waker.took(4 * megabyte, two);
  CHECK(asked == 1);
  answer.set_value();
  auto again = second.get_future();
  const auto give_up = std::chrono::steady_clock::now() + test_timeout;
  while (again.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready &&
         std::chrono::steady_clock::now() < give_up)
    waker.took(1, two);
  CHECK(asked == 2);
}

}  // namespace vtp::test
