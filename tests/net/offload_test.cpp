#include "lib/net/offload.h"

#include <stdexcept>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"

namespace vtp {
namespace {

struct Places {
  std::thread::id work, after;
};

asio::awaitable<Places> where(asio::thread_pool& pool) {
  const auto work = co_await offload(pool, [] { return std::this_thread::get_id(); });
  co_return Places{work, std::this_thread::get_id()};
}

asio::awaitable<bool> throwing(asio::thread_pool& pool) {
  co_return co_await offload(pool, []() -> bool { throw std::runtime_error("no"); });
}

}  // namespace

TEST_CASE("the work is done elsewhere, and what follows here") {
  asio::io_context context;
  asio::thread_pool pool(1);
  const Places places = run_to_end(context, where(pool));
  CHECK(places.work != std::this_thread::get_id());
  CHECK(places.after == std::this_thread::get_id());
}

TEST_CASE("what the work throws is thrown here") {
  asio::io_context context;
  asio::thread_pool pool(1);
  CHECK_THROWS_WITH(run_to_end(context, throwing(pool)), "no");
}

}  // namespace vtp
