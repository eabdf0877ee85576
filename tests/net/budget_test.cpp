#include "lib/net/budget.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace vtp {
namespace {

constexpr std::size_t kB = 1024;
constexpr std::size_t MB = 1024 * kB;

}  // namespace

TEST_CASE("a budget counts what its holders have, and forgets those that go") {
  MemoryBudget budget(10 * MB);
  {
    MemoryBudget::Holder a(&budget);
    MemoryBudget::Holder b(&budget);
    CHECK(a.try_hold(MB));
    b.hold(2 * MB);
    CHECK(budget.used() == 3 * MB);
    a.hold(kB);
    CHECK(budget.used() == 2 * MB + kB);
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("what is large may have three quarters, what is small the rest") {
  MemoryBudget budget(8 * MB);
  MemoryBudget::Holder large(&budget);
  MemoryBudget::Holder small(&budget);
  CHECK(large.try_hold(6 * MB));
  CHECK_FALSE(budget.is_short());
  CHECK_FALSE(large.try_hold(6 * MB + 1));
  CHECK(small.try_hold(MemoryBudget::small));
  CHECK(budget.is_short());
  CHECK(budget.used() == 6 * MB + MemoryBudget::small);
  MemoryBudget::Holder rest(&budget);
  rest.hold(2 * MB - MemoryBudget::small);
  MemoryBudget::Holder nothing_left(&budget);
  CHECK_FALSE(nothing_left.try_hold(1));
}

TEST_CASE("who needs more has the newest large one dropped, once for the same need") {
  MemoryBudget budget(8 * MB);
  std::string dropped;
  MemoryBudget::Holder a(&budget, [&] { dropped += 'a'; });
  MemoryBudget::Holder b(&budget, [&] { dropped += 'b'; });
  MemoryBudget::Holder c(&budget);
  CHECK(a.try_hold(2 * MB));
  CHECK(b.try_hold(3 * MB));
  CHECK_FALSE(c.try_hold(2 * MB));
  CHECK_FALSE(c.try_hold(2 * MB));
  CHECK(dropped == "b");
  CHECK(b.dropped());
  CHECK_FALSE(b.try_hold(4 * MB));
  b.hold(0);
  CHECK_FALSE(b.dropped());
  CHECK(c.try_hold(2 * MB));
  CHECK_FALSE(c.try_hold(5 * MB));
  CHECK(dropped == "ba");
}

TEST_CASE("the stalled are dropped before the newest") {
  MemoryBudget budget(8 * MB);
  std::string dropped;
  MemoryBudget::Holder stalled(&budget, [&] { dropped += 's'; });
  MemoryBudget::Holder moving(&budget, [&] { dropped += 'm'; });
  CHECK(stalled.try_hold(3 * MB));
  std::this_thread::sleep_for(MemoryBudget::stalled_after);
  stalled.progress(MemoryBudget::least_progress - 1);  // drop by drop does not count
  CHECK(moving.try_hold(3 * MB));
  MemoryBudget::Holder needs(&budget);
  CHECK_FALSE(needs.try_hold(MB));
  CHECK(dropped == "s");
}

TEST_CASE("one that has moved on is not stalled") {
  MemoryBudget budget(8 * MB);
  std::string dropped;
  MemoryBudget::Holder old(&budget, [&] { dropped += 'o'; });
  MemoryBudget::Holder newer(&budget, [&] { dropped += 'n'; });
  CHECK(old.try_hold(3 * MB));
  std::this_thread::sleep_for(MemoryBudget::stalled_after);
  CHECK(newer.try_hold(3 * MB));
  old.progress(MemoryBudget::least_progress);
  MemoryBudget::Holder needs(&budget);
  CHECK_FALSE(needs.try_hold(MB));
  CHECK(dropped == "n");
}

TEST_CASE("without a budget there are no bounds") {
  MemoryBudget::Holder holder(nullptr);
  CHECK(holder.try_hold(std::size_t{1} << 40));
  CHECK_FALSE(holder.dropped());
}

TEST_CASE("many threads leave nothing behind") {
  MemoryBudget budget(MB);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&budget] {
      MemoryBudget::Holder holder(&budget, [] {});
      for (std::size_t j = 0; j < 2000; ++j) {
        (void)holder.try_hold(j % 7 * 50 * kB);
        holder.progress(kB);
        if (holder.dropped()) holder.hold(0);
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(budget.used() == 0);
}

}  // namespace vtp
