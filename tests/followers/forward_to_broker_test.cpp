#include <optional>
#include <string>

#include "tests/followers/forward_fixture.h"

namespace vtp::test {

TEST_CASE("a forward to a broker sends in order, over one connection") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 1, 100);
  });
  fixture.start();
  fixture.append(1, 100);
  fixture.finish();
  broker.finish();
  CHECK(fixture.logged() == "test: Forwarding events to " + broker.endpoint() + "\n");
  CHECK(fixture.cursor() == Sequence{100});
}

TEST_CASE("what another broker refuses is reported once and done with, unless it has it") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 1, 1, previously_seen);
    Played::answer(peer, 2, 2, "line 12: element Who: unexpected child Foo");
    Played::answer(peer, 3, 3);
  });
  fixture.start();
  fixture.append(1, 3);
  fixture.finish();
  CHECK(fixture.logged_times("which refuses it") == 1);
  CHECK(fixture.logged().find("VOEvent " + ivorn_of(2) + " is not forwarded to " +
                              broker.endpoint() + ", which refuses it: Event rejected: line 12") !=
        std::string::npos);
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("an event that is put off, or without an answer, is tried again in its turn") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    {
      RawPeer peer = broker.listener.accept();
      Played::answer(peer, 1, 2);
      Played::answer(peer, 3, 3, cannot_store);
      while (peer.read_frame()) {
      }
    }
    {
      RawPeer peer = broker.listener.accept();
      CHECK(peer.read_frame() == valid_event(ivorn_of(3)));
    }
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 3, 20);
  });
  fixture.start();
  fixture.append(1, 20);
  REQUIRE(fixture.says("Forwarding events to " + broker.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to") == 1);
  CHECK(fixture.cursor() == Sequence{20});
}

TEST_CASE("a broker that refuses us is waited for, as one that is away, and misses nothing") {
  const std::string reason =
      GENERATE(std::string(for_tls), author_not_allowed("192.0.2.1"),
               std::string(not_known) + "your key is sha256:0a; send it to the operator",
               std::string("pole") + no_author_here + "sha256:0a; ask the operator");
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    {
      RawPeer peer = broker.listener.accept();
      Played::answer(peer, 1, 3);
    }
    {
      RawPeer peer = broker.listener.accept();
      peer.send_frame(transport("nak", "<Meta><Result>" + rejection(reason) + "</Result></Meta>"));
      while (peer.read_frame()) {
      }
    }
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 4, 20);
  });
  fixture.start();
  fixture.append(1, 20);
  REQUIRE(fixture.says("Forwarding events to " + broker.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to " + broker.endpoint() +
                             ": Event rejected: " + reason + "; retrying") == 1);
  CHECK(fixture.logged_times("which refuses it") == 0);
  CHECK(fixture.cursor() == Sequence{20});
}

TEST_CASE("a broker that refuses an event with the words of a refusal of us has judged the event") {
  Played broker;
  Fixture fixture(broker.endpoint());
  broker.play([&] {
    RawPeer peer = broker.listener.accept();
    Played::answer(peer, 1, 1, for_tls);
    Played::answer(peer, 2, 2);
  });
  fixture.start();
  fixture.append(1, 2);
  fixture.finish();
  CHECK(fixture.logged_times("which refuses it") == 1);
  CHECK(fixture.cursor() == Sequence{2});
}

TEST_CASE("a broker that is away does not delay the end") {
  Played broker;
  const std::string endpoint = broker.endpoint();
  Fixture fixture(endpoint);
  broker.listener.close();
  fixture.start();
  fixture.append(1, 20);
  REQUIRE(fixture.says("Cannot forward events to " + endpoint));
  fixture.finish();
  CHECK(fixture.logged_times("not finished in time") == 0);
  CHECK(fixture.cursor() == Sequence{0});
}

TEST_CASE("a broker that does not answer is broken off at the end") {
  Played broker;
  Fixture fixture(broker.endpoint());
  fixture.start();
  fixture.append(1, 3);
  RawPeer peer = broker.listener.accept();
  REQUIRE(fixture.comes_true_here([] { return true; }));
  CHECK(peer.read_frame() == valid_event(ivorn_of(1)));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.logged_times("not finished in time") == 1);
  CHECK(fixture.cursor() == Sequence{0});
}

}  // namespace vtp::test
