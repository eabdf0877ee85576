#include "lib/base/backoff.h"

#include "tests/support/catch.h"

namespace vtp {

using std::chrono::milliseconds;

TEST_CASE("each pause is twice as long as the one before, up to the longest, and cut by chance") {
  BackOff back_off(milliseconds(500), milliseconds(1'500));
  for (const int whole : {500, 1'000, 1'500, 1'500}) {
    const milliseconds pause = back_off.next();
    CHECK(pause >= milliseconds(whole / 2));
    CHECK(pause <= milliseconds(whole));
  }
  back_off.reset();
  CHECK(back_off.next() <= milliseconds(500));
}

TEST_CASE("pauses differ") {
  BackOff back_off(milliseconds(1'000'000), milliseconds(1'000'000));
  const milliseconds first = back_off.next();
  bool differ = false;
  for (int i = 0; i < 20; ++i)
    differ = differ || back_off.next() != first;
  CHECK(differ);
}

}  // namespace vtp
