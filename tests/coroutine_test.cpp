#include "lib/coroutine.h"

#include <stdexcept>
#include <vector>

#include "tests/catch.h"
#include "tests/loopback.h"

namespace vtp {
namespace {

asio::awaitable<void> wait_until(Change& change, const bool& so, std::vector<int>& order, int me) {
  while (!so)
    co_await change.wait();
  order.push_back(me);
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

}  // namespace vtp
