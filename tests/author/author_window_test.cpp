#include <atomic>
#include <chrono>
#include <string>

#include "tests/author/author_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

}  // namespace

TEST_CASE(
    "to a broker that keeps connections, events go out ahead of answers, as far as the window") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    us.read(peer, 3, 18);
    CHECK(Authoring::hears_nothing(peer));
    peer.send(framed(ack(ivorn_of(3))) + framed(ack(ivorn_of(4))));
    us.read(peer, 19, 20);
    CHECK(Authoring::hears_nothing(peer));
    for (int i = 5; i <= 20; ++i)
      peer.send_frame(ack(ivorn_of(i)));
    us.read(peer, 21, 24);
    for (int i = 21; i <= 24; ++i)
      peer.send_frame(ack(ivorn_of(i)));
  });
  us.submit(24);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(24));
}

TEST_CASE("the window is one of bytes too, and a larger event goes alone") {
  std::size_t size = 100 * 1024;
  int at_once = 2;
  SECTION("two are too many with a third") {}
  SECTION("one is too large already") {
    size = 300 * 1024;
    at_once = 1;
  }
  Authoring us({}, size);
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    for (int i = 3; i <= 8; i += at_once) {
      us.read(peer, i, i + at_once - 1);
      CHECK(Authoring::hears_nothing(peer));
      std::string answers;
      for (int j = i; j < i + at_once; ++j)
        answers += framed(ack(ivorn_of(j)));
      peer.send(answers);
    }
  });
  us.submit(8);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE("an event that comes while others wait for their answers goes out at once") {
  Authoring us;
  std::atomic<int> read = 0;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    for (int i = 3; i <= 5; ++i) {
      us.read(peer, i, i);
      read = i;
    }
    for (int i = 3; i <= 5; ++i)
      peer.send_frame(ack(ivorn_of(i)));
  });
  us.submit(2);
  us.run_until([&] { return us.answers.size() == 2; });
  for (int i = 3; i <= 5; ++i) {
    us.submit(1);
    us.run_until([&] { return read == i; });
  }
  us.finish();
  CHECK(us.order() == one_to(5));
}

TEST_CASE(
    "events that were sent ahead on a connection that ends are sent again, one by one at first") {
  Authoring us;
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 2);
      us.read(peer, 3, 8);
      peer.send_frame(ack(ivorn_of(3)));
    }
    RawPeer peer = us.listener.accept();
    for (int i = 4; i <= 5; ++i) {
      us.read(peer, i, i);
      CHECK(Authoring::hears_nothing(peer));
      peer.send_frame(seen(i));
    }
    us.read(peer, 6, 8);
    for (int i = 6; i <= 8; ++i)
      peer.send_frame(i == 6 ? seen(i) : ack(ivorn_of(i)));
  });
  us.submit(8);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(8));
  CHECK(us.answers[2].second.reason.empty());
  CHECK(us.answers[3].second.reason == "the broker has it from an earlier try");
}

TEST_CASE("answers that are for other events end the connection, and nobody is misled") {
  Authoring us;
  std::string astray;
  SECTION("out of order") { astray = framed(ack(ivorn_of(4))) + framed(ack(ivorn_of(3))); }
  SECTION("for none") { astray = framed(ack("ivo://a.b/other#1")); }
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read_and_ack(peer, 1, 2);
    us.read(peer, 3, 4);
    peer.send(astray);
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    us.read_and_ack(next, 3, 4);
  });
  us.submit(4);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(us.order() == one_to(4));
}

TEST_CASE("two answers to one event end the connection") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send(framed(ack(ivorn_of(1))) + framed(ack("")));
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    us.read_and_ack(next, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.all_accepted());
}

TEST_CASE(
    "of events that were sent ahead, only the first runs out of time; an answer gives the next "
    "more") {
  Authoring us({.timeout = milliseconds(300)});
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(ack(ivorn_of(1)));
    us.read(peer, 2, 2);
    peer.send_frame(ack(ivorn_of(2)));
    us.read(peer, 3, 5);
    CHECK(peer.is_closed());
    RawPeer next = us.listener.accept();
    for (int i = 4; i <= 5; ++i) {
      us.read(next, i, i);
      next.send_frame(ack(ivorn_of(i)));
    }
  });
  us.submit(5);
  us.finish();
  CHECK(us.order() == one_to(5));
  CHECK(us.answers[2].second.outcome == Outcome::no_answer);
  CHECK(us.answers[2].second.reason == "timed out before it answered");
  CHECK(us.answers[3].second.outcome == Outcome::accepted);
  CHECK(us.answers[4].second.outcome == Outcome::accepted);
}

}  // namespace vtp::test
