#include <string>

#include "tests/sessions/broadcaster_fixture.h"

namespace vtp::test {
namespace {

const BroadcasterOptions options{"ivo://test.broker/a", std::chrono::milliseconds(5), test_timeout,
                                 100'000};
const std::string observations = "filter=\"//*[@role='observation']\"\n";
const std::string predictions = "filter=\"//*[@role='prediction']\"\n";

// The number in the ivorn of the event that comes next.
std::string next_event(RawPeer& peer) {
  const std::string bytes = peer.read_frame().value_or("");
  const auto begin = bytes.find("ivo://a.b/c#");
  return begin == std::string::npos ? "none" : bytes.substr(begin + 12, 1);
}

}  // namespace

TEST_CASE("a subscriber in the list is named in lines, beside its address") {
  Server server(options, Level::info);
  server.admit_only("archive 127.0.0.1 subscriber\n");
  RawPeer peer = server.subscriber();
  CHECK(server.logs("New subscriber archive (127.0.0.1:"));
  CHECK(server.logs("Subscriber archive (127.0.0.1:"));
  CHECK(server.append(event(1)) == Stored::first);
  CHECK(next_event(peer) == "1");
}

TEST_CASE("a subscriber with a filter in the list sees no more than that") {
  Server server(options);
  server.admit_only("archive 127.0.0.1 subscriber " + observations);
  RawPeer silent = server.connect();  // never asks for anything
  silent.read_frame();
  RawPeer all = server.subscriber();
  RawPeer some = server.subscriber({"//*[contains(@ivorn, '#3') or contains(@ivorn, '#4')]"});
  RawPeer broken = server.subscriber({"//["});
  CHECK(server.logs("is ignored"));
  for (const char* role : {"observation", "test", "observation", "prediction", "observation"}) {
    static int number = 0;
    CHECK(server.append(event(++number, role)) == Stored::first);
  }
  for (RawPeer* peer : {&silent, &all, &broken})
    for (const char* number : {"1", "3", "5"})
      CHECK(next_event(*peer) == number);
  CHECK(next_event(some) == "3");
}

TEST_CASE("resuming gives no event that the list does not allow") {
  Server server(options);
  CHECK(server.append(event(1)) == Stored::first);
  CHECK(server.append(event(2, "prediction")) == Stored::first);
  CHECK(server.append(event(3, "observation")) == Stored::first);
  server.admit_only("archive 127.0.0.1 subscriber " + observations);
  RawPeer peer = server.resuming(behind(event(1)));
  check_resuming(peer, "2");
  CHECK(next_event(peer) == "3");
}

TEST_CASE("a new list counts for subscribers that are connected") {
  Server server(options, Level::info);
  server.admit_only("archive 127.0.0.1 subscriber " + observations);
  RawPeer peer = server.subscriber({"//*[contains(@ivorn, '#')]"});
  CHECK(server.append(event(1, "observation")) == Stored::first);
  CHECK(next_event(peer) == "1");
  server.admit_only("archive 127.0.0.1 subscriber " + predictions);
  CHECK(server.append(event(2, "observation")) == Stored::first);
  CHECK(server.append(event(3, "prediction")) == Stored::first);
  CHECK(next_event(peer) == "3");
  Server::set_filters(peer, {"//*[contains(@ivorn, '#5')]", "//*[contains(@ivorn, '#6')]"});
  CHECK(server.logs("has 2 filter(s)"));
  server.admit_only("archive 127.0.0.1 subscriber\n");
  CHECK(server.append(event(4, "test")) == Stored::first);
  CHECK(server.append(event(5, "test")) == Stored::first);
  CHECK(next_event(peer) == "5");
  server.admit_only("archive 192.0.2.1 subscriber\n");
  CHECK_FALSE(peer.read_frame());
  CHECK(server.logs(" is not in the peers file any more; disconnecting it"));
  CHECK(server.logs(" gone: it is not in the peers file any more (3 events sent, "));
}

TEST_CASE("a subscriber that is not in the list is closed without a word on a plain connection") {
  Server server(options);
  server.admit_only("pole 127.0.0.1 author\n");
  RawPeer peer = server.connect();
  CHECK_FALSE(peer.read_frame());
}

}  // namespace vtp::test
