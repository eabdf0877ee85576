#include "lib/base/thread_times.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("the processor time of a thread is found by its name, whatever characters it has") {
  std::atomic<bool> go_on{true};
  std::thread busy([&go_on] {
    name_thread("a) (b 1 2");
    while (go_on) {
    }
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  double used = 0;
  while (used == 0 && std::chrono::steady_clock::now() < end)
    if (const auto times = thread_times(); times.contains("a) (b 1 2"))
      used = times.at("a) (b 1 2");
  go_on = false;
  busy.join();
  CHECK(used > 0);
  CHECK_FALSE(thread_times().contains("a) (b 1 2"));
}

}  // namespace vtp
