#include "lib/net/coroutine.h"

#include <chrono>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <asio/async_result.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

asio::awaitable<void> wait_until(Change& change, const bool& so, std::vector<int>& order, int me) {
  while (!so)
    co_await change.wait();
  order.push_back(me);
}

// As an operation whose memory ran out when it was done: its handler is destroyed.
asio::awaitable<void> lost() {
  const auto initiate = [](auto handler) {
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    asio::post(kept->get_executor(), [kept]() { throw std::bad_alloc(); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
}

asio::awaitable<void> paused() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> throwing() {
  throw std::runtime_error("no");
  co_return;
}

}  // namespace

TEST_CASE("all who wait for a change go on when they are told of it, in their order") {
  asio::io_context context;
  Change change(context.get_executor());
  bool so = false;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(context, wait_until(change, so, order, i), unattended);
  context.poll();
  change.tell();
  context.poll();
  CHECK(order.empty());
  so = true;
  change.tell();
  context.poll();
  CHECK(order == std::vector<int>{0, 1, 2});
}

TEST_CASE("what a coroutine throws is not lost because nobody waits for it") {
  asio::io_context context;
  asio::co_spawn(context, throwing(), unattended);
  CHECK_THROWS_WITH(context.run(), "no");
}

TEST_CASE("whoever spawns a coroutine hears how it ended") {
  asio::io_context context;
  std::vector<std::string> ends;
  const auto on_end = [&ends](const std::exception_ptr& problem) {
    ends.push_back(problem ? reason_of(problem) : "well");
  };
  Change change(context.get_executor());
  std::vector<int> order;
  const bool yes = true;
  const bool no = false;
  spawn(context.get_executor(), throwing(), on_end);
  spawn(context.get_executor(), wait_until(change, yes, order, 0), on_end);
  spawn(context.get_executor(), wait_until(change, no, order, 1), on_end);  // to no end
  context.poll();
  CHECK(ends == std::vector<std::string>{"no", "well"});
}

TEST_CASE("a coroutine that Asio could not go on with is heard of, and the others go on") {
  asio::io_context context;
  std::vector<std::string> ends;
  const auto on_end = [&ends](const std::exception_ptr& problem) {
    ends.push_back(problem ? reason_of(problem) : "well");
  };
  spawn(context.get_executor(), lost(), on_end);
  spawn(context.get_executor(), paused(), on_end);
  run_on(context);
  CHECK(ends == std::vector<std::string>{"out of memory", "well"});
}

}  // namespace vtp
