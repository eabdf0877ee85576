#include "lib/subscriber/subscriber.h"

#include <atomic>
#include <fcntl.h>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "lib/base/descriptor.h"
#include "lib/net/coroutine.h"
#include "lib/vtp/resumption.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

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

// A subscriber on a thread of its own, and a cursor where the test plays its broker.
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
        [this](EventPtr event, const std::string&) { return take(event); }, clock_, log_,
        [this](const Digest& last) {
          const std::lock_guard lock(mutex_);
          caught_up_.push_back(last);
        });
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

  // Events that are taken from here on stay under way until they are let go.
  void hold() { held_ = true; }
  void let_go(std::size_t which) {
    asio::post(context_, [this, which] {
      let_go_.insert(which);
      change_.tell();
    });
  }
  void fail_when_let_go(std::size_t which) {
    asio::post(context_, [this, which] { fail_then_.insert(which); });
  }
  // Once so many events are under way or have been taken.
  bool has(std::size_t events) {
    return becomes_true([&] {
      const std::lock_guard lock(mutex_);
      return begun_ >= events;
    });
  }
  // What it was told of the end of the log; once it was told so often.
  std::vector<Digest> caught_up(std::size_t times) {
    becomes_true([&] {
      const std::lock_guard lock(mutex_);
      return caught_up_.size() >= times;
    });
    const std::lock_guard lock(mutex_);
    return caught_up_;
  }
  [[nodiscard]] std::string logged() const { return content(folder_.file("log")); }
  // The pauses before new tries, in seconds to one decimal.
  [[nodiscard]] std::vector<double> pauses() const {
    const std::string lines = logged();
    const std::string before = " again in ";
    std::vector<double> all;
    for (auto at = lines.find(before); at != std::string::npos; at = lines.find(before, at + 1))
      all.push_back(std::stod(lines.substr(at + before.size())));
    return all;
  }

  RawListener listener;
  std::vector<EventPtr> taken;  // once it has stopped
  bool acknowledge = true;
  std::size_t fails = 0;  // so many of the first tries to take an event throw
  Departure departure = Departure::stopped;

 private:
  asio::awaitable<bool> take(EventPtr event) {
    const std::size_t which = taken.size();
    taken.push_back(std::move(event));
    {
      const std::lock_guard lock(mutex_);
      ++begun_;
    }
    if (which < fails) throw std::bad_alloc();
    while (held_ && !let_go_.contains(which))
      co_await change_.wait();
    if (fail_then_.contains(which)) throw std::bad_alloc();
    co_return acknowledge;
  }
  template <class Condition>
  static bool becomes_true(const Condition& condition) {
    const auto give_up = std::chrono::steady_clock::now() + test_patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      std::this_thread::sleep_for(milliseconds(1));
    }
    return true;
  }

  TestClock clock_;
  TemporaryFolder folder_;
  Descriptor log_fd_{::open(folder_.file("log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)};
  Log log_{"test", LineStyle::tool, Level::info, clock_, log_fd_.get()};
  asio::io_context context_;
  Change change_{context_.get_executor()};
  std::set<std::size_t> let_go_;
  std::set<std::size_t> fail_then_;
  std::atomic<bool> held_ = false;
  std::mutex mutex_;
  std::size_t begun_ = 0;          // guarded by mutex_
  std::vector<Digest> caught_up_;  // guarded by mutex_
  std::optional<Subscriber> subscriber_;
  std::thread thread_;
};

// The broker's words on cursors.
std::string alive(std::string_view name, std::string_view value) {
  return transport("iamalive", "<Origin>ivo://some/broker</Origin><Meta><Param name='" +
                                   std::string(name) + "' value='" + std::string(value) +
                                   "'/></Meta>");
}

std::string digest_in_hex(const std::string& ivorn) { return digest_of(valid_event(ivorn)).hex(); }

// Greets it, and returns where it wants to begin; a broker that knows how to resume says so.
Resumption greet(RawPeer& broker, bool knows_how = true) {
  broker.send_frame(transport("authenticate", "<Origin>ivo://some/broker</Origin>"));
  std::vector<std::string> problems;
  const auto wish = resumption_in(answer_on(broker), problems);
  if (knows_how) {
    broker.send_frame(alive("resuming", "0"));
    CHECK(answer_on(broker).role == TransportRole::iamalive);
  }
  return wish.value();
}

}  // namespace

TEST_CASE("it is subscribed once the broker has spoken, whatever accepts connections") {
  Listening us;
  RawPeer broker = us.listener.accept();
  CHECK(us.logged() == "");
  SECTION("to find out who is there") {
    broker.send_frame(transport("authenticate", "<Origin>ivo://some/broker</Origin>"));
    CHECK(answer_on(broker).role == TransportRole::authenticate);
  }
  SECTION("to show that it is alive") {
    broker.send_frame(transport("iamalive", "<Origin>ivo://some/broker</Origin>"));
    CHECK(answer_on(broker).role == TransportRole::iamalive);
  }
  SECTION("with an event") {
    broker.send_frame(valid_event("ivo://a.b/c#1"));
    CHECK(answer_on(broker).role == TransportRole::ack);
  }
  CHECK(us.logged().starts_with("test: Subscribed to 127.0.0.1:"));
}

TEST_CASE("what says nothing is spoken to, and known by what it answers") {
  Listening us([](SubscriberOptions& options) {
    options.greeting_patience = milliseconds(1);
    options.reconnect = false;
  });
  RawPeer peer = us.listener.accept();
  const std::string sent = peer.read_frame().value_or("");
  CHECK(parse_transport(sent).value().role == TransportRole::iamalive);
  CHECK(sent.ends_with("\n"));  // a web server reads lines
  SECTION("a port for authors") {
    peer.send_frame(transport("nak", "<Meta><Result>this is for authors</Result></Meta>"));
    us.join();
    CHECK(us.logged().find(" is a port for authors; subscribers use another one, often 8099\n") !=
          std::string::npos);
  }
  SECTION("a web server") {
    peer.send("HTTP/1.0 400 Bad Request\r\n\r\n");
    us.join();
    CHECK(us.logged().find("ended: this is an HTTP server, not VTP\n") != std::string::npos);
  }
  SECTION("something that goes") {
    peer.close();
    us.join();
    CHECK(us.logged().find("and it never spoke as a broker does to subscribers\n") !=
          std::string::npos);
  }
  CHECK(us.logged().find("Subscribed") == std::string::npos);
  CHECK(us.departure == Departure::unreachable);
}

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

TEST_CASE("who wants no whole headline gets the same events, with their ivorn and role") {
  const std::string in_doubt = "<a xmlns='urn:x'/>";
  const std::vector<std::string> bytes = {
      valid_event("ivo://a.b/c#1"),
      "hello",
      event_with("ivo://a.b/c#2", "<Foo/>"),
      event_with("ivo://a.b/c#3", "<Who>"),
      old_event("ivo://a.b/c#4"),
      "<!DOCTYPE x>" + valid_event("ivo://a.b/c#5"),
      event_with("ivo://a.b/c#6", in_doubt),
      valid_event(" ivo://a.b/c#7 "),
      valid_event(""),
      valid_event("ivo://a.b/c#8") + '\0',
      transport("iamalive", "<Origin>ivo://some/broker</Origin>")};
  for (const bool whole : {true, false}) {
    Listening us([&](SubscriberOptions& options) { options.whole_headline = whole; });
    RawPeer broker = us.listener.accept();
    for (const std::string& message : bytes)
      broker.send_frame(message);
    while (answer_on(broker).role == TransportRole::ack) {
    }
    us.stop();
    std::string taken;
    for (const EventPtr& event : us.taken) {
      taken += event->headline.ivorn + ' ' + event->headline.role + '\n';
      CHECK(event->digest == digest_of(event->bytes));
      if (whole) CHECK((event->headline.version == "2.0") != (event->headline.version == "1.1"));
    }
    CHECK(taken ==
          "ivo://a.b/c#1 test\nivo://a.b/c#2 test\nivo://a.b/c#4 observation\n"
          "ivo://a.b/c#6 test\nivo://a.b/c#7 test\n");
  }
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
  REQUIRE(reply.params.size() == 3);
  CHECK(reply.params[1].name == xpath_filter_param);
  CHECK(reply.params[1].value == "//Param[@value<3]");
  CHECK(reply.params[2].name == resume_after_param);
  CHECK(reply.params[2].value.empty());
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

TEST_CASE("what a broker sends that is no message is logged a few times, and then counted") {
  Listening us;
  RawPeer broker = us.listener.accept();
  constexpr std::size_t frames = 1000;
  for (std::size_t i = 0; i < frames; ++i)
    broker.send_frame("hello");
  broker.send_frame(valid_event("ivo://a.b/c#1"));
  CHECK(answer_on(broker).origin == "ivo://a.b/c#1");
  us.stop();
  const std::string logged = us.logged();
  std::size_t said = 0;
  for (auto at = logged.find("sent 5 bytes"); at != std::string::npos;
       at = logged.find("sent 5 bytes", at + 1))
    ++said;
  CHECK(said == PeerLog::first_lines);
  CHECK(logged.find(fmt::format("test: {} more line(s) about 127.0.0.1:",
                                frames - PeerLog::first_lines)) != std::string::npos);
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

TEST_CASE("several events may be under way, and are acknowledged as they are done") {
  Listening us([](SubscriberOptions& options) { options.most_under_way = 3; });
  us.hold();
  RawPeer broker = us.listener.accept();
  for (int i = 0; i < 4; ++i)
    broker.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
  REQUIRE(us.has(3));
  broker.set_patience(milliseconds(30));
  CHECK(broker.hears_nothing());
  broker.set_patience(test_patience);
  us.let_go(1);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#1");
  REQUIRE(us.has(4));  // only now
  for (const std::size_t which : {3u, 0u, 2u}) {
    us.let_go(which);
    CHECK(answer_on(broker).origin == "ivo://a.b/c#" + std::to_string(which));
  }
}

TEST_CASE("events that are under way are bounded in bytes as well") {
  Listening us([](SubscriberOptions& options) {
    options.most_under_way = 100;
    options.most_bytes_under_way = 2 * valid_event("ivo://a.b/c#0").size();
  });
  us.hold();
  RawPeer broker = us.listener.accept();
  for (int i = 0; i < 3; ++i)
    broker.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
  REQUIRE(us.has(2));
  broker.send_frame(transport("iamalive", ""));
  broker.set_patience(milliseconds(30));
  CHECK(broker.hears_nothing());
  broker.set_patience(test_patience);
  us.let_go(0);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#0");
  REQUIRE(us.has(3));
  us.let_go(1);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#1");
  CHECK(answer_on(broker).role == TransportRole::iamalive);
  us.let_go(2);
  CHECK(answer_on(broker).origin == "ivo://a.b/c#2");
}

TEST_CASE("while events are under way, a broker's other messages are answered") {
  Listening us([](SubscriberOptions& options) { options.most_under_way = 2; });
  us.hold();
  RawPeer broker = us.listener.accept();
  broker.send(framed(valid_event("ivo://a.b/c#0")) + framed(transport("iamalive", "")));
  CHECK(answer_on(broker).role == TransportRole::iamalive);
  us.let_go(0);
  CHECK(answer_on(broker).role == TransportRole::ack);
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
    options.resume_patience = milliseconds(20);
  };
  const std::string line = "does not know how to resume: only new events come";
  SECTION("a line, once") {
    Listening us(asks);
    for (int i = 0; i < 2; ++i) {
      RawPeer broker = us.listener.accept();
      greet(broker, /*knows_how=*/false);
      broker.set_patience(milliseconds(60));
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
    broker.set_patience(milliseconds(60));
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

}  // namespace vtp
