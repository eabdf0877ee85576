#include <chrono>
#include <string>
#include <vector>

#include "tests/subscriber/subscriber_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

}  // namespace

TEST_CASE("at the first connection it begins where it is told to") {
  const Time since = TestClock().now();
  Listening us([&](SubscriberOptions& options) {
    options.resume_after = digest_of("a");
    options.since = since;
  });
  RawPeer broker = us.listener.accept();
  CHECK(greet(broker) == Resumption{digest_of("a"), since});
}

TEST_CASE("behind a log that was empty is all that came later") {
  Listening us;
  {
    RawPeer broker = us.listener.accept();
    greet(broker);
    broker.send_frame(alive("caught-up", ""));
    CHECK(answer_on(broker).role == TransportRole::iamalive);
  }
  RawPeer broker = us.listener.accept();
  CHECK(greet(broker).after == Digest{});
}

TEST_CASE("at each later connection it goes on behind the last event that it got") {
  Listening us;
  {
    RawPeer broker = us.listener.accept();
    CHECK(greet(broker) == Resumption{});
    for (const char* ivorn : {"ivo://a.b/c#1", "ivo://a.b/c#2"}) {
      broker.send_frame(valid_event(ivorn));
      CHECK(answer_on(broker).role == TransportRole::ack);
    }
  }
  {
    RawPeer broker = us.listener.accept();
    CHECK(greet(broker).after == digest_of(valid_event("ivo://a.b/c#2")));
    broker.send_frame(alive("caught-up", digest_in_hex("ivo://a.b/unwanted#3")));
    CHECK(us.caught_up(1).back() == digest_of(valid_event("ivo://a.b/unwanted#3")));
  }
  RawPeer broker = us.listener.accept();
  CHECK(greet(broker).after == digest_of(valid_event("ivo://a.b/unwanted#3")));
}

TEST_CASE("an event that cannot be taken for its size does not come again") {
  Listening us([](SubscriberOptions& options) {
    options.max_size = 1000;
    options.resume_after = digest_of("a");
  });
  {
    RawPeer broker = us.listener.accept();
    CHECK(greet(broker).after == digest_of("a"));
    broker.send("\xff\xff\xff\xff");
  }
  RawPeer broker = us.listener.accept();
  CHECK_FALSE(greet(broker).after);
}

TEST_CASE("what a broker sends before it knows where to begin is no cursor") {
  Listening us([](SubscriberOptions& options) { options.resume_after = digest_of("a"); });
  {
    RawPeer broker = us.listener.accept();
    broker.send_frame(valid_event("ivo://a.b/c#9"));
    CHECK(answer_on(broker).role == TransportRole::ack);
    CHECK(greet(broker).after == digest_of(valid_event("ivo://a.b/c#9")));
  }
  RawPeer broker = us.listener.accept();
  CHECK(greet(broker).after == digest_of("a"));
}

TEST_CASE("it is told to have caught up once all that came before has been taken") {
  Listening us([](SubscriberOptions& options) { options.most_under_way = 10; });
  us.hold();
  RawPeer broker = us.listener.accept();
  greet(broker);
  broker.send_frame(alive("caught-up", ""));
  CHECK(us.caught_up(1) == std::vector<Digest>{Digest{}});
  CHECK(answer_on(broker).role == TransportRole::iamalive);
  for (int i = 0; i < 2; ++i)
    broker.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
  broker.send_frame(alive("caught-up", digest_in_hex("ivo://a.b/c#1")));
  CHECK(answer_on(broker).role == TransportRole::iamalive);
  us.let_go(1);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#1");
  CHECK(us.caught_up(1).size() == 1);
  us.let_go(0);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#0");
  CHECK(us.caught_up(2).back() == digest_of(valid_event("ivo://a.b/c#1")));
}

TEST_CASE("one that wants all until now ends when it has that, with everything acknowledged") {
  Listening us([](SubscriberOptions& options) {
    options.until_now = true;
    options.most_under_way = 10;
  });
  us.hold();
  RawPeer broker = us.listener.accept();
  greet(broker);
  broker.send(framed(valid_event("ivo://a.b/c#0")) +
              framed(alive("caught-up", digest_in_hex("ivo://a.b/c#0"))) +
              framed(valid_event("ivo://a.b/c#1")));
  CHECK(answer_on(broker).role == TransportRole::iamalive);
  us.let_go(0);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#0");
  CHECK(broker.is_closed());
  us.join();
  CHECK(us.departure == Departure::stopped);
  CHECK(us.taken.size() == 1);
}

TEST_CASE(
    "a broker that does not know how to resume costs a line, and more who wants all until now") {
  const auto asks = [](SubscriberOptions& options) {
    options.since = Time{};
    options.resume_timeout = milliseconds(20);
  };
  const std::string line = "does not support resuming: only new events come";
  SECTION("a line, once") {
    Listening us(asks);
    for (int i = 0; i < 2; ++i) {
      RawPeer broker = us.listener.accept();
      greet(broker, /*knows_how=*/false);
      broker.set_timeout(milliseconds(60));
      CHECK(broker.hears_nothing());
    }
    us.stop();
    CHECK(us.departure == Departure::stopped);
    const std::string logged = us.logged();
    const auto first = logged.find(line);
    REQUIRE(first != std::string::npos);
    CHECK(logged.find(line, first + 1) == std::string::npos);
  }
  SECTION("no line if it does") {
    Listening us(asks);
    RawPeer broker = us.listener.accept();
    greet(broker);
    broker.set_timeout(milliseconds(60));
    CHECK(broker.hears_nothing());
    us.stop();
    CHECK(us.logged().find(line) == std::string::npos);
  }
  SECTION("the end for who wants all until now") {
    Listening us([&](SubscriberOptions& options) {
      asks(options);
      options.until_now = true;
    });
    RawPeer broker = us.listener.accept();
    us.join();
    CHECK(us.departure == Departure::unreachable);
  }
}

TEST_CASE("an event whose taking fails comes again, and the connection before ends with a line") {
  Listening listening([](SubscriberOptions& options) { options.most_under_way = 3; });
  listening.fails = 2;
  for (int attempt = 0; attempt < 2; ++attempt) {
    RawPeer broker = listening.listener.accept();
    CHECK_FALSE(greet(broker, false).after);
    broker.send_frame(valid_event("ivo://a.b/c#1"));
    CHECK(broker.is_closed());
  }
  RawPeer broker = listening.listener.accept();
  broker.send_frame(valid_event("ivo://a.b/c#1"));
  CHECK(answer_on(broker).role == TransportRole::ack);
  listening.stop();
  CHECK(listening.taken.size() == 3);
  CHECK(listening.logged().find("failed: out of memory") != std::string::npos);
}

TEST_CASE("after an event whose taking failed, it resumes behind those that were taken before it") {
  Listening listening([](SubscriberOptions& options) { options.most_under_way = 3; });
  listening.hold();
  RawPeer first = listening.listener.accept();
  greet(first);
  for (const char* ivorn : {"ivo://a.b/c#1", "ivo://a.b/c#2", "ivo://a.b/c#3"})
    first.send_frame(valid_event(ivorn));
  REQUIRE(listening.has(3));
  listening.let_go(0);
  CHECK(answer_on(first).origin == "ivo://a.b/c#1");
  listening.fail_when_let_go(1);
  listening.let_go(1);
  listening.let_go(2);
  RawPeer second = listening.listener.accept();
  CHECK(greet(second).after == digest_of(valid_event("ivo://a.b/c#1")));
}

}  // namespace vtp::test
