#include "lib/subscriber.h"

#include <functional>
#include <thread>

#include "tests/catch.h"
#include "tests/loopback.h"
#include "tests/sample_events.h"
#include "tests/test_clock.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

std::string transport(std::string_view role, std::string_view children) {
  return "<trn:Transport role='" + std::string(role) + "'>" + std::string(children) +
         "</trn:Transport>";
}

Transport answer_on(RawPeer& peer) {
  return parse_transport(peer.read_frame().value_or("")).value();
}

// A subscriber on a thread of its own, and a place where the test plays its broker.
class Listening {
 public:
  explicit Listening(const std::function<void(SubscriberOptions&)>& change = {}) {
    SubscriberOptions options;
    options.broker = TcpEndpoint{"127.0.0.1", listener.port()};
    options.local_ivo = "ivo://test.subscriber/a";
    options.first_pause = milliseconds(1);
    if (change) change(options);
    subscriber_.emplace(
        context_.get_executor(), options,
        [this](EventPtr event, const std::string&) { return take(event); }, clock_, log_);
    thread_ = std::thread([this] { departure = run_to_end(context_, subscriber_->run()); });
  }
  ~Listening() { stop(); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { subscriber_->stop(); });
    thread_.join();
  }
  void join() { thread_.join(); }

  RawListener listener;
  std::vector<EventPtr> taken;  // once it has stopped
  bool acknowledge = true;
  Departure departure = Departure::stopped;

 private:
  asio::awaitable<bool> take(EventPtr event) {
    taken.push_back(std::move(event));
    co_return acknowledge;
  }

  TestClock clock_;
  Log log_{"test", LineStyle::tool, Level::error, clock_, /*fd=*/-1};
  asio::io_context context_;
  std::optional<Subscriber> subscriber_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("an event is taken with its bytes exact, and acknowledged by its ivorn") {
  Listening us;
  RawPeer broker = us.listener.accept();
  broker.send_frame(valid_event("ivo://a.b/c#1"));
  const Transport ack = answer_on(broker);
  CHECK(ack.role == TransportRole::ack);
  CHECK(ack.origin == "ivo://a.b/c#1");
  CHECK(ack.response == "ivo://test.subscriber/a");
  us.stop();
  REQUIRE(us.taken.size() == 1);
  CHECK(us.taken[0]->bytes == valid_event("ivo://a.b/c#1"));
  CHECK(us.taken[0]->headline.ivorn == "ivo://a.b/c#1");
  CHECK(us.departure == Departure::stopped);
}

TEST_CASE("what breaks its schema, or is of version 1.1, is taken from a broker") {
  Listening us;
  RawPeer broker = us.listener.accept();
  broker.send(framed(event_with("ivo://a.b/c#1", "<Foo/>")) + framed(old_event("ivo://a.b/c#2")));
  CHECK(answer_on(broker).origin == "ivo://a.b/c#1");
  CHECK(answer_on(broker).origin == "ivo://a.b/c#2");
}

TEST_CASE("an event that was not taken is not acknowledged") {
  Listening us;
  us.acknowledge = false;
  RawPeer broker = us.listener.accept();
  broker.send(framed(valid_event("ivo://a.b/c#1")) + framed(transport("iamalive", "")));
  CHECK(answer_on(broker).role == TransportRole::iamalive);
}

TEST_CASE("iamalive is echoed, and authenticate answered with the filters") {
  Listening us([](SubscriberOptions& options) {
    options.filters = {"//Who", "//Param[@value<3]"};
  });
  RawPeer broker = us.listener.accept();
  broker.send_frame(transport("authenticate", "<Origin>ivo://some/broker</Origin>"));
  const Transport reply = answer_on(broker);
  CHECK(reply.role == TransportRole::authenticate);
  CHECK(reply.origin == "ivo://some/broker");
  CHECK(reply.response == "ivo://test.subscriber/a");
  REQUIRE(reply.params.size() == 2);
  CHECK(reply.params[1].name == xpath_filter_param);
  CHECK(reply.params[1].value == "//Param[@value<3]");
  broker.send_frame(transport("iamalive", "<Origin>ivo://some/broker</Origin>"));
  const Transport echo = answer_on(broker);
  CHECK(echo.role == TransportRole::iamalive);
  CHECK(echo.origin == "ivo://some/broker");
  CHECK(echo.params.empty());
}

TEST_CASE("what is no event that may be relayed is passed over, and the connection goes on") {
  Listening us;
  RawPeer broker = us.listener.accept();
  for (const std::string& bytes :
       {std::string("hello"), std::string("<html/>"), event_with("ivo://a.b/c#1", "<Who>"),
        "<!DOCTYPE x>" + valid_event("ivo://a.b/c#1"), valid_event(""),
        valid_event("ivo://a.b/c#1") + '\0'})
    broker.send_frame(bytes);
  broker.send_frame(valid_event("ivo://a.b/c#2"));
  CHECK(answer_on(broker).origin == "ivo://a.b/c#2");
  us.stop();
  CHECK(us.taken.size() == 1);
}

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

}  // namespace vtp
