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
      options.brokers = {nobody};
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

TEST_CASE("of several brokers the next is tried at once, and a pause comes when all were tried") {
  RawListener other;
  RawListener gone;
  const Endpoint nobody = TcpEndpoint{"127.0.0.1", gone.port()};
  gone.close();
  Listening us([&](SubscriberOptions& options) {
    options.brokers = {nobody, options.brokers.front(), TcpEndpoint{"127.0.0.1", other.port()}};
    options.first_pause = std::chrono::hours(1);
    options.longest_pause = std::chrono::hours(1);
  });
  us.listener.accept().close();
  other.accept().close();
  us.wait_for_log(text_of(nobody) + " again in ");
  us.stop();
  CHECK(us.pauses().size() == 1);
}

TEST_CASE("with several brokers it resumes at the next one, which may wait for the last event") {
  RawListener other;
  Listening us([&](SubscriberOptions& options) {
    options.brokers.emplace_back(TcpEndpoint{"127.0.0.1", other.port()});
    options.settled = milliseconds(0);
  });
  for (int i = 0; i < 6; ++i) {
    RawPeer broker = (i % 2 == 0 ? us.listener : other).accept();
    const Resumption wish = greet(broker);
    if (i > 0)
      CHECK(wish == Resumption{digest_of(valid_event("ivo://a.b/c#" + std::to_string(i - 1))),
                               {},
                               std::chrono::seconds(5)});
    else
      CHECK(wish == Resumption{});
    broker.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
    CHECK(answer_on(broker).role == TransportRole::ack);
  }
  us.stop();
  CHECK(us.pauses().empty());
}

TEST_CASE("without reconnecting, each of several brokers is tried once") {
  RawListener other;
  Listening us([&](SubscriberOptions& options) {
    options.brokers.emplace_back(TcpEndpoint{"127.0.0.1", other.port()});
    options.reconnect = false;
  });
  us.listener.accept().close();
  other.accept().close();
  us.join();
  CHECK(us.departure == Departure::unreachable);
}

TEST_CASE("it can be stopped while it waits for the next try") {
  RawListener gone;
  const Endpoint nobody = TcpEndpoint{"127.0.0.1", gone.port()};
  gone.close();
  Listening us([&](SubscriberOptions& options) {
    options.brokers = {nobody};
    options.first_pause = std::chrono::hours(1);
  });
  us.stop();
  CHECK(us.departure == Departure::stopped);
}

}  // namespace vtp::test
