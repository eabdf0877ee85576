#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/net/budget.h"
#include "tests/sessions/broadcaster_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

}  // namespace

TEST_CASE("one that leaves two iamalives unanswered is dropped with a line") {
  Server server(milliseconds(1), milliseconds(20));
  RawPeer subscriber = server.subscriber();
  CHECK(role_of(subscriber.read_frame()) == TransportRole::iamalive);
  CHECK(role_of(subscriber.read_frame()) == TransportRole::iamalive);
  CHECK(subscriber.is_closed());
  CHECK(server.logged().find("left 2 iamalives unanswered; dropping it") != std::string::npos);
}

TEST_CASE("a bad peer costs its connection and one line") {
  Server server;
  const auto costs = [&](std::string_view bytes, const std::string& line) {
    RawPeer peer = server.subscriber();
    peer.send(bytes);
    CHECK(peer.is_closed());
    CHECK(server.logged().find(line) != std::string::npos);
  };
  costs(framed("no XML"), "sent not well-formed XML");
  costs(framed("<trn:Transport/>"), "sent a Transport message without a role");
  costs(framed(event(1)), "sent not a Transport message but voe:VOEvent");
  costs("\xff\xff\xff\xff", "a message of 4294967295 bytes is over the limit of 100000");
  costs(std::string_view("\x16\x03\x01\x02", 4), " is dropped: this is TLS, not VTP\n");
  costs(std::string("\x64\0\0\0", 4), "is its length in the wrong byte order?");
}

TEST_CASE("one that goes in the middle of a message, or says nothing, troubles nobody") {
  Server server;
  RawPeer half = server.subscriber();
  half.send(framed("<x/>").substr(0, 6));
  half.close();
  RawPeer silent = server.connect();
  RawPeer subscriber = server.subscriber();
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
}

TEST_CASE("an ack for what was never sent is worth one line") {
  Server server;
  RawPeer subscriber = server.subscriber();
  Transport ack;
  ack.role = TransportRole::ack;
  ack.origin = "ivo://never/sent#1";
  for (int i = 0; i < 5; ++i)
    subscriber.send_frame(to_xml(ack, Time{}));
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
  server.finish(test_timeout);
  const std::string diagnostics = server.logged();
  const std::string line = "acknowledges events that it was not sent, such as ivo://never/sent#1";
  const auto first = diagnostics.find(line);
  REQUIRE(first != std::string::npos);
  CHECK(diagnostics.find(line, first + 1) == std::string::npos);
}

TEST_CASE("a subscriber that does not read holds up nobody, and gets all when it reads again") {
  Server server;
  RawPeer slow = server.subscriber();
  RawPeer quick = server.subscriber();
  std::vector<std::string> events;
  for (int i = 0; i < 60; ++i)  // more than the system takes up for one who does not read
    events.push_back(event_with("ivo://a.b/c#" + std::to_string(i),
                                "<Description>" + std::string(500'000, 'x') + "</Description>"));
  for (const std::string& bytes : events) {
    server.append(bytes);
    CHECK(quick.read_frame() == bytes);
  }
  for (const std::string& bytes : events)
    CHECK(slow.read_frame() == bytes);
}

TEST_CASE("a subscriber that never reads is cut off after the time of three iamalives") {
  Server server({"ivo://test.broker/a", milliseconds(5), milliseconds(30), 100'000}, Level::info);
  // More than the system takes up for one who does not read.
  server.append(event_with("ivo://a.b/c#1", "<Description>" + std::string(30'000'000, 'x')));
  RawPeer peer = server.resuming({std::nullopt, Time{}});
  CHECK(server.logs("gone: timed out"));
}

TEST_CASE("one that takes too long over a message is dropped with a line") {
  Server server(
      BroadcasterOptions{.local_ivo = "ivo://test.broker/a", .message_timeout = milliseconds(10)});
  RawPeer peer = server.subscriber();
  peer.send(framed("<x/>").substr(0, 6));
  CHECK(peer.is_closed());
  CHECK(server.logged().find("takes too long over a message") != std::string::npos);
}

TEST_CASE("a message over the bound, which is 128 kB, is not waited for") {
  CHECK(BroadcasterOptions{}.max_message == 128 * 1024);
}

TEST_CASE("one whose filters take too much is told, and gets what it wants") {
  Server server(test_timeout);
  std::string body;
  for (int i = 0; i < 200; ++i)
    body += "<Description>" + std::to_string(i) + "</Description>";
  for (int i = 0; i < 25; ++i)
    server.append(event_with("ivo://a.b/c#" + std::to_string(i), body));
  server.append(event(99));
  std::string costly = "/*[contains(@ivorn, '#99')]";
  for (int i = 0; i < 80; ++i)
    costly += " or //*[string(/)='x']";
  RawPeer peer = server.resuming({std::nullopt, Time{}}, costly);
  check_resuming(peer, "26");
  const std::vector<Param> params = told(peer);
  REQUIRE(params.size() == 1);
  CHECK(params[0].name == slowed_param);
  CHECK(peer.read_frame() == event(99));
  CHECK(server.logged().find("is served slowly") != std::string::npos);
}

TEST_CASE("one that causes too much trouble is dropped, and the log does not grow with it") {
  Server server;
  RawPeer peer = server.subscriber();
  std::vector<std::string> filters;
  for (int i = 0; i < 16; ++i)
    filters.push_back("]" + std::to_string(i));
  for (int i = 0; i < 1000; ++i)
    Server::set_filters(peer, filters);
  CHECK(peer.is_closed());
  CHECK(server.logged().size() < 10'000);
}

TEST_CASE("a subscriber for whose filters there is no memory is dropped, others are not") {
  MemoryBudget memory(200'000);
  Server server(BroadcasterOptions{.local_ivo = "ivo://test.broker/a", .memory = &memory});
  RawPeer other = server.subscriber();
  std::vector<std::string> filters;  // some hundred kB, compiled
  for (int i = 0; i < 16; ++i) {
    std::string filter = "//Param[@name='" + std::to_string(i) + "']";
    for (int j = 0; j < 100; ++j)
      filter += " or //Param[@value=" + std::to_string(j) + "]";
    filters.push_back(filter);
  }
  RawPeer peer = server.subscriber(filters);
  CHECK(peer.is_closed());
  server.append(event(1));
  CHECK(other.read_frame() == event(1));
  other.close();
}

}  // namespace vtp::test
