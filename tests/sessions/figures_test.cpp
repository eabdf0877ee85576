#include "lib/sessions/figures.h"

#include <future>
#include <set>
#include <thread>
#include <utility>

#include "lib/sessions/receiver.h"
#include "tests/sessions/broadcaster_fixture.h"

namespace vtp::test {
namespace {

using Authors = Served<Receiver, ReceiverOptions>;

// What the side tells of its peers.
template <class Side>
std::vector<PeerStatus> peers_of(Side& served) {
  std::promise<std::vector<PeerStatus>> told;
  served.call([&] {
    std::vector<PeerStatus> peers;
    served.served().describe(peers);
    told.set_value(std::move(peers));
  });
  return told.get_future().get();
}

}  // namespace

TEST_CASE("every event of an author is counted by what became of it") {
  Authors server({"ivo://test.broker/a", test_timeout, 100'000});
  RawPeer author = server.connect();
  const auto send = [&](const std::string& bytes) {
    author.send_frame(bytes);
    author.read_frame();
  };
  const std::string event = valid_event("ivo://a.b/c#1");
  send(event);
  send(event);
  send("<VOEvent/>");
  send("<Other/>");  // closes the connection
  RawPeer other = server.connect();
  other.send(std::string("\x7f\xff\xff\xff", 4));
  other.read_frame();
  const AuthorFigures& figures = server.served().figures();
  for (const Fate fate :
       {Fate::accepted, Fate::duplicate, Fate::invalid, Fate::not_voevent, Fate::too_large})
    CHECK(figures.fates.of(fate) == 1);
  CHECK(figures.fates.of(Fate::cannot_store) == 0);
  CHECK(figures.bytes.value() == 2 * event.size() + 10 + 8);
  CHECK(becomes_true([&] {  // after the ack
    std::uint64_t acks = 0;
    for (const std::uint64_t count : figures.ack_seconds.value().counts)
      acks += count;
    return acks == 1;
  }));
}

TEST_CASE("each fate has a result and a reason of its own") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < fates; ++i) {
    const auto [result, reason] = name_of(static_cast<Fate>(i));
    CHECK(*result);
    names.insert(std::string(result) + " " + reason);
  }
  CHECK(names.size() == fates);
}

TEST_CASE("connected authors are described") {
  Authors server({"ivo://test.broker/a", test_timeout, 100'000});
  CHECK(peers_of(server).empty());
  RawPeer author = server.connect();
  author.send_frame(valid_event("ivo://a.b/c#1"));
  author.read_frame();
  const auto peers = peers_of(server);
  REQUIRE(peers.size() == 1);
  CHECK(peers[0].side == PeerStatus::Side::author);
  CHECK(peers[0].address.starts_with("127.0.0.1:"));
  CHECK(peers[0].since == server.clock().now());
  CHECK(peers[0].events == 1);
  CHECK_FALSE(peers[0].has_tls);
  CHECK_FALSE(peers[0].position);
}

TEST_CASE("connected subscribers are described, with their filters and how far they are") {
  Server server;
  RawPeer subscriber = server.subscriber({"//Who", "//What"});
  server.append(event(1));
  subscriber.read_frame();
  CHECK(becomes_true([&] { return peers_of(server).at(0).position == 1; }));
  const PeerStatus peer = peers_of(server).at(0);
  CHECK(peer.side == PeerStatus::Side::subscriber);
  CHECK(peer.filters == std::vector<std::string>{"//Who", "//What"});
  CHECK(peer.events == 1);
  server.append(event(2));
  CHECK(becomes_true([&] { return peers_of(server).at(0).position == 2; }));
  CHECK(server.served().figures().events.value() == 2);
  CHECK(server.served().figures().bytes.value() == 2 * event(1).size());
}

TEST_CASE("the time to the last subscriber is measured once for all of them") {
  Server server;
  RawPeer one = server.subscriber();
  RawPeer other = server.subscriber();
  server.append(event(1));
  one.read_frame();
  other.read_frame();
  CHECK(becomes_true([&] {
    std::uint64_t deliveries = 0;
    for (const std::uint64_t count : server.served().figures().delivery_seconds.value().counts)
      deliveries += count;
    return deliveries == 1;
  }));
}

}  // namespace vtp::test
