#include "lib/net/network_threads.h"

#include <set>
#include <stdexcept>
#include <thread>

#include <asio/post.hpp>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("each context has a thread of its own, the first the caller's") {
  NetworkThreads threads(3);
  REQUIRE(threads.count() == 3);
  std::vector<std::thread::id> ran(threads.count());
  for (std::size_t i = 0; i < threads.count(); ++i)
    asio::post(threads.context(i), [&ran, i] { ran[i] = std::this_thread::get_id(); });
  threads.run();
  CHECK(ran[0] == std::this_thread::get_id());
  CHECK(std::set(ran.begin(), ran.end()).size() == 3);
  CHECK(std::set(ran.begin(), ran.end()).count({}) == 0);
}

TEST_CASE("what the others have been given is done before the end") {
  NetworkThreads threads(2);
  int done = 0;
  asio::post(threads.context(0), [&] {
    for (int i = 0; i < 1000; ++i)
      asio::post(threads.context(1), [&] { ++done; });
  });
  threads.run();
  CHECK(done == 1000);
}

TEST_CASE("what is thrown on any of the threads comes out") {
  for (const std::size_t thrower : {0u, 1u}) {
    NetworkThreads threads(2);
    // The first has something to do until then.
    const auto work = asio::make_work_guard(threads.context(0));
    asio::post(threads.context(thrower), [] { throw std::runtime_error("no memory"); });
    CHECK_THROWS_WITH(threads.run(), "no memory");
  }
}

TEST_CASE("contexts that nobody has run are let go of") { const NetworkThreads threads(4); }

}  // namespace vtp
