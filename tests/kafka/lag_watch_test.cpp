#include "lib/kafka/lag_watch.h"

#include "tests/support/catch.h"

namespace vtp {

using Change = LagWatch::Change;

TEST_CASE("a partition lags if what was there at a look is not processed at the next one") {
  const Partition partition{"t", 0};
  LagWatch watch;
  CHECK(watch.look(partition, 0, 100) == Change::none);  // it may be processed until the next look
  CHECK(watch.look(partition, 99, 150) == Change::lags);
  CHECK(watch.look(partition, 120, 200) == Change::none);  // as before
  CHECK(watch.look(partition, 200, 260) == Change::caught_up);
  CHECK(watch.look(partition, 260, 300) == Change::none);
}

TEST_CASE("each partition lags by itself") {
  LagWatch watch;
  watch.look({"t", 0}, 0, 100);
  watch.look({"t", 1}, 0, 100);
  CHECK(watch.look({"t", 0}, 100, 100) == Change::none);
  CHECK(watch.look({"t", 1}, 50, 100) == Change::lags);
}

TEST_CASE("nothing is said of a partition whose end is not known") {
  LagWatch watch;
  CHECK(watch.look({"t", 0}, 0, -1001) == Change::none);
  CHECK(watch.look({"t", 0}, 0, -1001) == Change::none);
}

}  // namespace vtp
