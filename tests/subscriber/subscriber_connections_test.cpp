#include <chrono>
#include <vector>

#include "tests/subscriber/subscriber_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

}  // namespace

TEST_CASE("a lost connection is made again, also after a frame that is too large") {
  Listening us([](SubscriberOptions& options) { options.max_size = 1000; });
  us.listener.accept().close();
  us.listener.accept().send("\xff\xff\xff\xff");
  RawPeer broker = us.listener.accept();
  broker.send_frame(valid_event("ivo://a.b/c#1"));
  CHECK(answer_on(broker).role == TransportRole::ack);
}

TEST_CASE("a broker that is silent for too long is left, and tried again") {
  Listening us([](SubscriberOptions& options) { options.silence = milliseconds(30); });
  RawPeer silent = us.listener.accept();
  CHECK(silent.is_closed());
  us.listener.accept();
}

TEST_CASE("without reconnecting, a lost connection or none is the end") {
  const auto once = [](SubscriberOptions& options) { options.reconnect = false; };
  SECTION("lost") {
    Listening us(once);
    us.listener.accept().close();
    us.join();
    CHECK(us.departure == Departure::unreachable);
  }
  SECTION("none") {
    RawListener gone;
    const Endpoint nobody = TcpEndpoint{"127.0.0.1", gone.port()};
    gone.close();
    Listening us([&](SubscriberOptions& options) {
      options.reconnect = false;
      options.broker = nobody;
    });
    us.join();
    CHECK(us.departure == Departure::unreachable);
  }
}

TEST_CASE("a broker that closes each connection at once is tried more and more rarely") {
  Listening us([](SubscriberOptions& options) { options.first_pause = milliseconds(20); });
  for (int i = 0; i < 6; ++i)
    us.listener.accept().close();
  us.stop();
  const std::vector<double> pauses = us.pauses();
  REQUIRE(pauses.size() >= 5);
  CHECK(pauses[0] == 0.0);
  CHECK(pauses[4] >= 0.2);  // it has doubled four times: 160 to 320 ms
}

TEST_CASE("a pause is never longer than the longest") {
  Listening us([](SubscriberOptions& options) {
    options.first_pause = milliseconds(20);
    options.longest_pause = milliseconds(40);
  });
  for (int i = 0; i < 6; ++i)
    us.listener.accept().close();
  us.stop();
  for (const double pause : us.pauses())
    CHECK(pause == 0.0);
}

TEST_CASE("after a connection that lived for long, the first pause is a short one again") {
  Listening us([](SubscriberOptions& options) {
    options.first_pause = milliseconds(20);
    options.settled = milliseconds(0);
  });
  for (int i = 0; i < 6; ++i)
    us.listener.accept().close();
  us.stop();
  REQUIRE(us.pauses().size() >= 5);
  for (const double pause : us.pauses())
    CHECK(pause == 0.0);
}

TEST_CASE("it can be stopped while it waits for the next try") {
  RawListener gone;
  const Endpoint nobody = TcpEndpoint{"127.0.0.1", gone.port()};
  gone.close();
  Listening us([&](SubscriberOptions& options) {
    options.broker = nobody;
    options.first_pause = std::chrono::hours(1);
  });
  us.stop();
  CHECK(us.departure == Departure::stopped);
}

}  // namespace vtp::test
