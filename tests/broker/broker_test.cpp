#include "lib/broker/broker.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/vtp/transport.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/sample_events.h"
#include "tests/support/submit_once.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  TemporaryFolder folder;
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};

  [[nodiscard]] BrokerOptions options() const {
    BrokerOptions options;
    options.receive = {UnixEndpoint{folder.file("s")}};
    options.receiver.local_ivo = "ivo://test.broker/a";
    options.event_db = folder.file("events.db");
    return options;
  }
};

Answer answer_to(const Endpoint& broker, const std::string& event) {
  asio::io_context context;
  return submit_once(context, broker, event);
}

// A socket in the file system, connected; negative if nobody listens.
int connected_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

TEST_CASE("a broker serves authors until it is told to stop, and again after that") {
  Fixture fixture;
  const Endpoint endpoint = fixture.options().receive.front();
  for (const Outcome wanted : {Outcome::accepted, Outcome::refused}) {
    Broker broker(fixture.options(), fixture.clock, fixture.diagnostics);
    // Who comes before it serves waits.
    const int early = connected_to(fixture.folder.file("s"));
    CHECK(early >= 0);
    RawPeer author(early);
    CHECK(author.send_frame(valid_event("ivo://a.b/c#1")));
    author.set_timeout(std::chrono::milliseconds(20));
    CHECK(author.hears_nothing());
    author.set_timeout(test_timeout);
    std::thread thread([&] { broker.run(); });
    const auto answer = parse_transport(author.read_frame().value_or(""));
    CHECK(answer->role == (wanted == Outcome::accepted ? TransportRole::ack : TransportRole::nak));
    CHECK(answer_to(endpoint, valid_event("ivo://a.b/c#1")).outcome == Outcome::refused);  // seen
    kill(getpid(), wanted == Outcome::accepted ? SIGINT : SIGTERM);
    thread.join();
  }
}

TEST_CASE("a broker tells when its endpoints are bound, before it opens the log") {
  Fixture fixture;
  BrokerOptions options = fixture.options();
  bool is_bound = false;
  bool has_log = true;
  options.on_bound = [&] {
    is_bound = std::filesystem::is_socket(fixture.folder.file("s"));
    has_log = std::filesystem::exists(fixture.folder.file("events.db"));
    throw std::runtime_error("not now");
  };
  CHECK_THROWS_WITH(Broker(options, fixture.clock, fixture.diagnostics), "not now");
  CHECK(is_bound);
  CHECK_FALSE(has_log);
  CHECK_FALSE(std::filesystem::exists(fixture.folder.file("s")));
}

TEST_CASE("a broker tells when it listens, when it gets SIGHUP, and when it begins to stop") {
  Fixture fixture;
  BrokerOptions options = fixture.options();
  std::vector<std::string> told;
  options.on_listening = [&] {
    told.emplace_back("listening");
    const int fd = connected_to(fixture.folder.file("s"));
    told.emplace_back(fd >= 0 ? "connected" : "not connected");
    close(fd);
    kill(getpid(), SIGHUP);
  };
  options.on_hangup = [&] {
    told.emplace_back("hangup");
    kill(getpid(), told.size() < 4 ? SIGHUP : SIGTERM);
  };
  options.on_stopping = [&] { told.emplace_back("stopping"); };
  Broker(options, fixture.clock, fixture.diagnostics).run();
  CHECK(told == std::vector<std::string>{"listening", "connected", "hangup", "hangup", "stopping"});
}

TEST_CASE("at SIGHUP a broker reads again whom it lets in, on another thread") {
  Fixture fixture;
  BrokerOptions options = fixture.options();
  std::vector<std::thread::id> threads;
  options.on_listening = [] { kill(getpid(), SIGHUP); };
  options.on_hangup = [&] { threads.push_back(std::this_thread::get_id()); };
  int times = 0;
  options.read_allowed_again = [&]() -> std::optional<AllowedRanges> {
    threads.push_back(std::this_thread::get_id());
    kill(getpid(), ++times < 2 ? SIGHUP : SIGTERM);
    if (times == 1) return std::nullopt;
    return AllowedRanges{loopback_ranges(), {}, {}};
  };
  Broker(options, fixture.clock, fixture.diagnostics).run();
  REQUIRE(threads.size() == 4);
  CHECK(threads[0] == std::this_thread::get_id());
  CHECK(threads[1] != threads[0]);
  CHECK(threads[2] == threads[0]);
  CHECK(threads[3] == threads[1]);
}

TEST_CASE("a broker forgets where a handler was that it has no more") {
  Fixture fixture;
  BrokerOptions options = fixture.options();
  options.handlers.resize(2);
  for (HandlerOptions& handler : options.handlers)
    handler.outlet.print = Print::nothing;
  options.handlers[0].outlet.command.emplace().command = "true";
  options.handlers[1].outlet.command.emplace().command = "false";
  { const Broker broker(options, fixture.clock, fixture.diagnostics); }
  const auto cursors = [&] {
    return Database(options.event_db, Sync::normal).run("SELECT count(*) FROM handler");
  };
  CHECK(cursors() == 2);
  options.handlers.pop_back();
  { const Broker broker(options, fixture.clock, fixture.diagnostics); }
  CHECK(cursors() == 1);
}

TEST_CASE("a broker that cannot have all that it needs takes nothing") {
  Fixture fixture;
  BrokerOptions options = fixture.options();
  SECTION("an endpoint") {
    const RawListener other;
    options.receive.emplace_back(TcpEndpoint{"127.0.0.1", other.port()});
    CHECK_THROWS_AS(Broker(options, fixture.clock, fixture.diagnostics), std::runtime_error);
    CHECK_FALSE(std::filesystem::exists(options.event_db));
  }
  SECTION("the store") {
    options.event_db = fixture.folder.file("none/events.db");
    CHECK_THROWS_AS(Broker(options, fixture.clock, fixture.diagnostics), StoreError);
  }
  CHECK_FALSE(std::filesystem::exists(fixture.folder.file("s")));
}

}  // namespace vtp
