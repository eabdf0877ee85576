#include <future>
#include <string>
#include <utility>

#include "tests/author/author_fixture.h"

namespace vtp::test {

TEST_CASE("a connection that the broker leaves open is kept for the next event") {
  Authoring us;
  std::promise<RawPeer> kept;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    kept.set_value(std::move(peer));
  });
  us.submit(1);
  us.run_until([&] { return us.answers.size() == 1; });
  const bool after_one = us.author.sends_ahead();
  us.submit(1);
  us.finish();
  CHECK_FALSE(after_one);
  CHECK(us.all_accepted());
  CHECK(us.author.sends_ahead());
}

TEST_CASE("a broker that closes after each answer gets each event on a connection of its own") {
  Authoring us;
  us.play([&] {
    for (int i = 1; i <= 5; ++i) {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, i, i);
    }
  });
  us.submit(5);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(5));
}

TEST_CASE("a kept connection that the broker closes just then costs no event") {
  Authoring us;
  std::string second_answer = ack(ivorn_of(2));
  SECTION("the broker did not take it") {}
  SECTION("the broker took it") { second_answer = seen(2); }
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 1);
      us.read(peer, 2, 2);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 2, 2);
    peer.send_frame(second_answer);
    us.read_and_ack(peer, 3, 3);
  });
  us.submit(3);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(3));
}

TEST_CASE("a kept connection that was closed long ago is not used") {
  Authoring us;
  us.play([&] {
    RawPeer first = us.listener.accept();
    us.read_and_ack(first, 1, 1);
    CHECK(first.send_frame("not asked for"));
    RawPeer second = us.listener.accept();
    us.read_and_ack(second, 2, 2);
    CHECK(first.is_closed());
  });
  us.submit(1);
  us.run_until([&] { return us.answers.size() == 1; });
  us.submit(1);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE("sent again on a new connection, an event has no third chance") {
  Authoring us;
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 1);
      us.read(peer, 2, 2);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers.back().second.outcome == Outcome::no_answer);
  CHECK(us.answers.back().second.reason == "closed before it answered");
}

TEST_CASE("a kept connection that is cut in the middle of an answer gave none") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 1);
    us.read(peer, 2, 2);
    peer.send(framed(ack(ivorn_of(2))).substr(0, 10));
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers.back().second.outcome == Outcome::no_answer);
  CHECK(us.answers.back().second.reason == "closed in the middle of a message before it answered");
}

}  // namespace vtp::test
