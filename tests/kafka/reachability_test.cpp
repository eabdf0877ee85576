#include "lib/kafka/reachability.h"

#include <librdkafka/rdkafka.h>

#include <asio/io_context.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/pipe.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  const TestClock clock;
  Pipe said;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, said.writing()};
  asio::io_context context;
};

}  // namespace

TEST_CASE("that a cluster is away and comes back is said once each, with the cause") {
  Fixture fixture;
  Reachability cluster(fixture.context.get_executor(), "it", fixture.diagnostics, {});
  for (int i = 0; i < 2; ++i) {
    cluster.trouble(RD_KAFKA_RESP_ERR__TRANSPORT, "connection refused");
    cluster.trouble(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down");
  }
  CHECK(cluster.reason() == "connection refused");
  cluster.reached();
  cluster.reached();
  CHECK(cluster.reason().empty());
  fixture.said.close_writing();
  CHECK(fixture.said.read_all() ==
        "test: it cannot be reached: connection refused\ntest: it can be reached again\n");
}

TEST_CASE("a cluster that is not waited for is given up, unless it answers in time") {
  Fixture fixture;
  int given_up = 0;
  Reachability cluster(fixture.context.get_executor(), "it", fixture.diagnostics,
                       [&given_up] { ++given_up; });
  cluster.trouble(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "down");
  cluster.reached();
  fixture.context.run_for(test_timeout);
  CHECK(given_up == 0);
  cluster.trouble(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "down");
  fixture.context.restart();
  fixture.context.run_for(test_timeout);
  CHECK(given_up == 1);
}

}  // namespace vtp
