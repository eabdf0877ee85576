#include "lib/net/worker.h"

#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

// Uses the processor for so long.
void spin(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

// Steps that note, in one text, for whom each was; the worker's thread alone looks at it meanwhile.
struct Fixture {
  asio::io_context context;
  std::string order;
  std::promise<void> gate;  // until it is open, the worker is kept
  std::shared_future<void> open = gate.get_future().share();
  AccountPtr keeper = std::make_shared<Account>();
  std::vector<std::future<int>> jobs;
  Worker worker;

  Fixture() {
    begin(keeper, [this](const Slice&) -> std::optional<int> {
      open.wait();
      return 0;
    });
  }
  template <class Step>
  void begin(const AccountPtr& account, Step step) {
    jobs.push_back(asio::co_spawn(context, worker.run(account, std::move(step)), asio::use_future));
    context.restart();
    context.poll();
  }
  // A job of so many steps, each of which takes so long.
  void begin(const AccountPtr& account, char name, int steps, milliseconds each) {
    begin(account, [this, name, left = steps, each](const Slice&) mutable -> std::optional<int> {
      spin(each);
      order += name;
      return --left == 0 ? std::optional(1) : std::nullopt;
    });
  }
  void finish() {
    gate.set_value();
    context.restart();
    context.run();
    for (auto& job : jobs)
      (void)job.get();
  }
};

AccountPtr account() { return std::make_shared<Account>(); }

}  // namespace

TEST_CASE("work is done on the worker's thread, and its value given on the caller's") {
  asio::io_context context;
  Worker worker;
  std::thread::id there;
  const int value = run_to_end(context, worker.run(account(), [&](const Slice&) {
    there = std::this_thread::get_id();
    return std::optional(7);
  }));
  CHECK(value == 7);
  CHECK(there != std::this_thread::get_id());
}

TEST_CASE("what a step throws is thrown to the caller") {
  asio::io_context context;
  Worker worker;
  const auto fail = [](const Slice&) -> std::optional<int> { throw std::runtime_error("no"); };
  CHECK_THROWS_WITH(run_to_end(context, worker.run(account(), fail)), "no");
}

TEST_CASE("whoever has used least of the processor goes first") {
  Fixture fixture;
  const AccountPtr costly = account();
  const AccountPtr cheap = account();
  fixture.begin(costly, 'C', 4, milliseconds(20));
  fixture.begin(cheap, 'c', 4, milliseconds(0));
  fixture.finish();
  // Of the two that had used nothing the one that came first; then the other, until it has used as much.
  CHECK(fixture.order == "CccccCCC");
}

TEST_CASE("one that comes back is not owed what it has not used meanwhile") {
  Fixture fixture;
  const AccountPtr busy = account();
  const AccountPtr back = account();
  fixture.begin(busy, 'b', 2, milliseconds(50));
  fixture.finish();
  fixture.order.clear();
  fixture.jobs.clear();

  // Both with 50 ms a step: had the second a claim to what the first has used, it would go twice.
  std::promise<void> again;
  std::shared_future<void> open = again.get_future().share();
  fixture.begin(fixture.keeper, [open](const Slice&) -> std::optional<int> {
    open.wait();
    return 0;
  });
  fixture.begin(back, 'r', 3, milliseconds(50));
  fixture.begin(busy, 'b', 3, milliseconds(50));
  again.set_value();
  fixture.context.restart();
  fixture.context.run();
  CHECK(fixture.order.substr(0, 3).find('b') != std::string::npos);
}

TEST_CASE("a limited account leaves the worker to others, and comes to its end") {
  Fixture fixture;
  const AccountPtr limited = account();
  limited->limit_to(0.01);
  CHECK(limited->is_limited());
  fixture.begin(limited, 'l', 2, milliseconds(10));
  const AccountPtr other = account();
  fixture.begin(other, 'o', 3, milliseconds(10));  // 30 ms, while the other waits for a second
  fixture.finish();
  CHECK(fixture.order == "loool");
}

TEST_CASE("a worker that has nothing to do says so once") {
  asio::io_context context;
  Worker worker;
  std::promise<void> idle;
  worker.on_idle([&] { idle.set_value(); });  // would throw the second time
  (void)run_to_end(context, worker.run(account(), [](const Slice&) { return std::optional(1); }));
  CHECK(idle.get_future().wait_for(test_timeout) == std::future_status::ready);
}

TEST_CASE("a worker that is stopped drops what waits") {
  asio::io_context context;
  Worker worker;
  std::promise<void> begun;
  auto endless =
      asio::co_spawn(context,
                     worker.run(account(),
                                [&, first = true](const Slice&) mutable -> std::optional<int> {
                                  if (std::exchange(first, false)) begun.set_value();
                                  return std::nullopt;
                                }),
                     asio::use_future);
  context.poll();
  begun.get_future().wait();
  worker.stop();
  context.restart();
  context.run();                                      // the coroutine goes here
  CHECK_THROWS_AS(endless.get(), std::future_error);  // its promise is gone
}

}  // namespace vtp
