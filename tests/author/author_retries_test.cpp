#include <chrono>
#include <future>
#include <string>

#include <asio/post.hpp>

#include "tests/author/author_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

// For each peer, whatever its event is.
const std::string not_admitted = transport(
    "nak", "<Meta><Result>" + rejection(author_not_allowed("127.0.0.1")) + "</Result></Meta>");

}  // namespace

TEST_CASE("an event without an answer is tried again, in its turn, until it has one") {
  Authoring us({.retry = test_timeout, .first_pause = milliseconds(2)});
  us.play([&] {
    us.listener.accept();
    {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(seen(1));
    us.read(peer, 2, 2);
    peer.send_frame(seen(2));
  });
  us.submit(2);
  us.finish();
  REQUIRE(us.order() == one_to(2));
  CHECK(us.answers[0].second.outcome == Outcome::accepted);
  CHECK(us.answers[0].second.reason == "the broker has it from an earlier try");
  CHECK(us.answers[1].second.outcome == Outcome::refused);
}

TEST_CASE("the time for new tries ends") {
  Authoring us({.retry = milliseconds(20), .first_pause = milliseconds(2)});
  us.listener.close();
  us.submit(2);
  us.finish();
  for (const auto& answer : us.answers)
    CHECK(answer.second.outcome == Outcome::no_answer);
}

TEST_CASE("told to stop, it waits for answers that are owed, and sends nothing more") {
  Authoring us;
  std::promise<void> stopped;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    asio::post(us.context, [&] {
      us.author.stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    peer.send_frame(ack(ivorn_of(1)));
    CHECK(Authoring::hears_nothing(peer));
  });
  us.submit(3);
  us.finish();
  REQUIRE(us.order() == one_to(3));
  CHECK(us.answers[0].second.outcome == Outcome::accepted);
  CHECK(us.answers[1].second.outcome == Outcome::not_sent);
  CHECK(us.answers[2].second.outcome == Outcome::not_sent);
  us.submit(1);
  us.finish();
  CHECK(us.answers[3].second.outcome == Outcome::not_sent);
}

TEST_CASE("told to stop, it does not wait for another try") {
  Authoring us({.retry = std::chrono::hours(1), .first_pause = std::chrono::hours(1)});
  const auto pauses = [&] { return us.logged().find("trying again") != std::string::npos; };
  Outcome expected = Outcome::not_sent;
  SECTION("of an event that never went out") { us.listener.close(); }
  SECTION("of one that did") {
    expected = Outcome::no_answer;
    us.play([&] {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
    });
  }
  us.submit(1);
  us.run_until(pauses);
  us.author.stop();
  us.finish();
  CHECK(us.answers[0].second.outcome == expected);
}

TEST_CASE("a broker that cannot store events puts them off, and each has its answer") {
  Authoring us;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(put_off(1));
    us.read_and_ack(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.answers[0].second.outcome == Outcome::put_off);
  CHECK(us.answers[0].second.reason == rejection(cannot_store));
  CHECK(us.answers[1].second.outcome == Outcome::accepted);
}

TEST_CASE("what is put off is tried again, and may be there by then") {
  Authoring us({.retry = test_timeout, .first_pause = milliseconds(2)});
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
      peer.send_frame(put_off(1));
      CHECK(peer.is_closed());
    }
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    peer.send_frame(seen(1));
    us.read_and_ack(peer, 2, 2);
  });
  us.submit(2);
  us.finish();
  CHECK(us.order() == one_to(2));
  CHECK(us.all_accepted());
  CHECK(us.logged().find(" is temporarily unavailable for VOEvent ") != std::string::npos);
}

TEST_CASE(
    "a broker that does not admit us any more may have what it did not answer, not the rest") {
  Authoring us;
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read_and_ack(peer, 1, 2);
      us.read(peer, 3, 4);
    }
    for (int i = 3; i <= 5; ++i) {
      RawPeer peer = us.listener.accept();
      peer.send_frame(not_admitted);
      static_cast<void>(peer.read_frame());  // closing with unread input could destroy the nak
    }
  });
  us.submit(4);
  us.run_until([&] { return us.answers.size() == 4; });
  us.context.restart();
  us.submit(1);
  us.finish();
  REQUIRE(us.order() == one_to(5));
  for (const std::size_t event : {2U, 3U}) {
    const Answer& answer = us.answers[event].second;
    CHECK(answer.outcome == Outcome::no_answer);
    CHECK(answer.reason ==
          "the connection ended before it answered; now it says: Event rejected: Authors at "
          "127.0.0.1 are not allowed here");
  }
  CHECK(us.answers[4].second.outcome == Outcome::refused);
}

TEST_CASE("a broker that has put an event off, and then does not admit us, does not have it") {
  Authoring us({.retry = test_timeout, .first_pause = milliseconds(2)});
  us.play([&] {
    {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
      peer.send_frame(put_off(1));
    }
    RawPeer peer = us.listener.accept();
    peer.send_frame(not_admitted);
    static_cast<void>(peer.read_frame());
  });
  us.submit(1);
  us.finish();
  CHECK(us.answers.at(0).second.outcome == Outcome::refused);
}

TEST_CASE("who wants to know of retries is told of each, in place of the diagnostics") {
  std::vector<std::string> reasons;
  Authoring us({.retry = retry_forever,
                .first_pause = milliseconds(2),
                .on_retry = [&](const Answer& answer) { reasons.push_back(answer.reason); }});
  us.play([&] {
    for (const std::string& reply : {put_off(1), put_off(1), ack(ivorn_of(1))}) {
      RawPeer peer = us.listener.accept();
      us.read(peer, 1, 1);
      peer.send_frame(reply);
    }
  });
  us.submit(1);
  us.finish();
  CHECK(us.all_accepted());
  CHECK(reasons == std::vector<std::string>(2, rejection(cannot_store)));
  CHECK(us.logged().find("trying again") == std::string::npos);
}

TEST_CASE("broken off, it waits for no answer, and can be closed") {
  Authoring us({.retry = retry_forever});
  std::promise<void> broken_off;
  us.play([&] {
    RawPeer peer = us.listener.accept();
    us.read(peer, 1, 1);
    asio::post(us.context, [&] {
      us.author.break_off();
      broken_off.set_value();
    });
    broken_off.get_future().wait();
    CHECK(peer.is_closed());
  });
  us.submit(3);
  us.finish();
  for (const auto& answer : us.answers)
    CHECK((answer.second.outcome == Outcome::no_answer ||
           answer.second.outcome == Outcome::not_sent));
  bool closed = false;
  asio::co_spawn(us.context, us.author.close(), [&](const std::exception_ptr&) { closed = true; });
  us.run_until([&] { return closed; });
}

}  // namespace vtp::test
