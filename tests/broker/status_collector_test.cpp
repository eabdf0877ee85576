#include "lib/broker/status_collector.h"

#include <csignal>
#include <thread>
#include <unistd.h>

#include "lib/broker/broker.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/sample_events.h"
#include "tests/support/submit_once.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// A broker that runs, with a handler that never finishes and an upstream that is not there.
struct Running {
  Running() : thread([this] { broker.run(); }) {
    while (!broker.status().listening)
      std::this_thread::yield();
  }
  ~Running() {
    kill(getpid(), SIGTERM);
    thread.join();
  }

  [[nodiscard]] BrokerOptions options() const {
    BrokerOptions options;
    options.receive = {UnixEndpoint{folder.file("s")}};
    options.receiver.local_ivo = options.broadcaster.local_ivo = "ivo://test.broker/a";
    options.event_db = folder.file("events.db");
    options.version = "1.0.0";
    SubscriberOptions upstream;
    upstream.brokers = {UnixEndpoint{folder.file("nobody")}};
    options.upstreams = {upstream};
    HandlerOptions handler;
    handler.outlet.print = Print::nothing;
    handler.outlet.command = CommandOptions{.command = "sleep 60"};
    options.handlers = {handler};
    return options;
  }
  Outcome submit(const std::string& event) {
    asio::io_context context;
    return submit_once(context, options().receive.front(), event).outcome;
  }

  TemporaryFolder folder;
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  Broker broker{options(), clock, diagnostics};
  std::thread thread;
};

std::uint64_t count(const BrokerStatus& status, const std::string& result) {
  std::uint64_t count = 0;
  for (const ResultCount& each : status.results)
    if (each.result == result) count += each.count;
  return count;
}

}  // namespace

TEST_CASE("a broker that has done nothing says so") {
  Running running;
  const BrokerStatus status = running.broker.status();
  CHECK(status.version == "1.0.0");
  CHECK(status.local_ivo == "ivo://test.broker/a");
  CHECK(status.started == running.clock.now());
  CHECK_FALSE(status.outage);
  CHECK(status.last == 0);
  CHECK_FALSE(status.last_event);
  CHECK(count(status, "accepted") == 0);
  CHECK(status.database_bytes > 0);
  REQUIRE(status.upstreams.size() == 1);
  CHECK(status.upstreams[0].name == "unix:" + running.folder.file("nobody"));
  CHECK_FALSE(status.upstreams[0].connected);
  REQUIRE(status.followers.size() == 1);
  CHECK(status.followers[0].lag.events == 0);
}

TEST_CASE("a broker tells what it has done, and who is behind and for how long") {
  Running running;
  CHECK(running.submit(valid_event("ivo://a.b/c#1")) == Outcome::accepted);
  CHECK(running.submit(valid_event("ivo://a.b/c#1")) == Outcome::refused);
  CHECK(running.submit(valid_event("ivo://a.b/c#2")) == Outcome::accepted);
  running.clock.advance(std::chrono::seconds(90));
  const BrokerStatus status = running.broker.status();
  CHECK(status.last == 2);
  CHECK(status.last_event == running.clock.now() - std::chrono::seconds(90));
  CHECK(count(status, "accepted") == 2);
  CHECK(count(status, "duplicate") == 1);
  CHECK(status.bytes_received == 3 * valid_event("ivo://a.b/c#1").size());
  CHECK(status.commit_events.sum == 2);
  CHECK(status.followers.at(0).lag.events == 2);
  CHECK(status.followers.at(0).lag.seconds == 90);
}

}  // namespace vtp
