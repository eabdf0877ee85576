#include "lib/base/in_order.h"

#include <string>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("what is finished in order is reached at once") {
  InOrder<int> order;
  CHECK(order.reached() == std::nullopt);
  for (const int position : {3, 5, 4}) {
    const auto turn = order.begin(position);
    CHECK(order.under_way() == 1);
    CHECK(order.finish(turn));
    CHECK(order.reached() == position);
  }
  CHECK(order.under_way() == 0);
}

TEST_CASE("what is finished ahead of others is reached when they are finished") {
  InOrder<std::string> order;
  const auto a = order.begin("a");
  const auto b = order.begin("b");
  const auto c = order.begin("c");
  const auto d = order.begin("d");
  CHECK_FALSE(order.finish(c));
  CHECK_FALSE(order.finish(b));
  CHECK(order.reached() == std::nullopt);
  CHECK(order.finish(a));
  CHECK(order.reached() == "c");
  CHECK(order.under_way() == 1);
  CHECK(order.finish(d));
  CHECK(order.reached() == "d");
}

TEST_CASE("a position with nothing to do is passed, and waits for what was begun before") {
  InOrder<int> order;
  CHECK(order.pass(1));
  const auto turn = order.begin(2);
  CHECK_FALSE(order.pass(3));
  CHECK(order.reached() == 1);
  CHECK(order.finish(turn));
  CHECK(order.reached() == 3);
}

TEST_CASE("what is never finished is never passed over") {
  InOrder<int> order;
  CHECK(order.pass(0));
  static_cast<void>(order.begin(1));
  for (int position = 2; position < 1000; ++position)
    CHECK_FALSE(order.pass(position));
  CHECK(order.reached() == 0);
  CHECK(order.under_way() == 999);
}

TEST_CASE("what is dropped, and what was begun behind it, counts only when it comes again") {
  InOrder<std::string> order;
  const auto a = order.begin("a");
  const auto b = order.begin("b");
  const auto c = order.begin("c");
  CHECK(order.finish(a));
  order.drop(b);
  const auto d = order.begin("d");
  CHECK_FALSE(order.finish(d));
  CHECK_FALSE(order.finish(c));
  CHECK(order.reached() == "a");
  CHECK(order.under_way() == 0);
  CHECK(order.pass("b"));
  CHECK(order.reached() == "b");
}

}  // namespace vtp
