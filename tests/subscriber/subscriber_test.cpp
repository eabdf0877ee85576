#include "lib/subscriber/subscriber.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/vtp/nak_reasons.h"
#include "tests/subscriber/subscriber_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

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
    options.greeting_timeout = milliseconds(1);
    options.reconnect = false;
  });
  RawPeer peer = us.listener.accept();
  const std::string sent = peer.read_frame().value_or("");
  CHECK(parse_transport(sent).value().role == TransportRole::iamalive);
  CHECK(sent.ends_with("\n"));  // a web server reads lines
  SECTION("a port for TLS") {
    peer.send_frame(transport("nak", "<Meta><Result>" + rejection(for_tls) + "</Result></Meta>"));
    us.join();
    CHECK(us.logged().find(" does not admit us: this port is for TLS: connect to "
                           "tls:HOST:PORT\n") != std::string::npos);
    CHECK(us.logged().find("port for authors") == std::string::npos);
  }
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
    CHECK(us.logged().find("; it sent nothing that a broker sends to subscribers\n") !=
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
  CHECK(said == PeerDiagnostics::first_lines);
  CHECK(logged.find(fmt::format("test: {} more line(s) about 127.0.0.1:",
                                frames - PeerDiagnostics::first_lines)) != std::string::npos);
}

TEST_CASE("several events may be under way, and are acknowledged as they are done") {
  Listening us([](SubscriberOptions& options) { options.most_under_way = 3; });
  us.hold();
  RawPeer broker = us.listener.accept();
  for (int i = 0; i < 4; ++i)
    broker.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
  REQUIRE(us.has(3));
  broker.set_timeout(milliseconds(30));
  CHECK(broker.hears_nothing());
  broker.set_timeout(test_timeout);
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
  broker.set_timeout(milliseconds(30));
  CHECK(broker.hears_nothing());
  broker.set_timeout(test_timeout);
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

}  // namespace vtp::test
