#include "lib/author/author.h"

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/submit_once.h"
#include "tests/support/transport_text.h"

namespace vtp::test {
namespace {

const std::string event = "<voe:VOEvent/>";

// What an author makes of a broker that behaves as told.
Answer submit_to(const std::function<void(RawPeer)>& broker,
                 std::chrono::milliseconds timeout = test_timeout) {
  RawListener listener;
  std::thread thread([&] { broker(listener.accept()); });
  asio::io_context context;
  const Endpoint endpoint = TcpEndpoint{"127.0.0.1", listener.port()};
  const Answer answer = submit_once(context, endpoint, event, {.timeout = timeout});
  thread.join();
  CHECK(answer.broker == text_of(endpoint));
  return answer;
}

}  // namespace

TEST_CASE("an event goes out as it is, and its ack is accepted") {
  const Answer answer = submit_to([](RawPeer peer) {
    CHECK(peer.read_frame() == event);
    peer.send_frame(transport("ack", "<Origin>ivo://a.b/c#1</Origin>"));
    CHECK(peer.is_closed());
  });
  CHECK(answer.outcome == Outcome::accepted);
}

TEST_CASE("a nak is a refusal with the broker's words") {
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send_frame(transport("nak", "<Meta><Result>Event rejected: no</Result></Meta>"));
        }).reason == "Event rejected: no");
  const Answer silent = submit_to([](RawPeer peer) {
    peer.read_frame();
    peer.send_frame(transport("nak", ""));
  });
  CHECK(silent.outcome == Outcome::refused);
  CHECK(silent.reason == "no reason given");
}

TEST_CASE("a nak that refuses the author is a refusal for an author that does not wait") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.send_frame(transport(
        "nak", "<Meta><Result>" + rejection(author_not_allowed("127.0.0.1")) + "</Result></Meta>"));
    peer.read_frame();
  });
  CHECK(answer.outcome == Outcome::refused);
  CHECK(answer.reason == "Event rejected: Authors at 127.0.0.1 are not allowed here");
}

TEST_CASE("a refusal that comes before the event was read is heard") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.send_frame(transport("nak", "<Meta><Result>too large</Result></Meta>"));
    peer.read_frame();
  });
  CHECK(answer.outcome == Outcome::refused);
  CHECK(answer.reason == "too large");
}

TEST_CASE("a broker that closes without a word gave no answer") {
  const Answer answer = submit_to([](RawPeer peer) { peer.read_frame(); });
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "closed before it answered; does it allow authors at our address?");
}

TEST_CASE("a broker that stays silent gave no answer in time") {
  const Answer answer = submit_to(
      [](RawPeer peer) {
        peer.read_frame();
        CHECK(peer.is_closed());
      },
      std::chrono::milliseconds(20));
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "timed out before it answered");
}

TEST_CASE("what cannot be understood is no answer") {
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send_frame("<html/>");
        }).reason == "answered with not a Transport message but html");
  CHECK(submit_to([](RawPeer peer) {
          peer.read_frame();
          peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        }).reason == "this is an HTTP server, not VTP");
}

TEST_CASE("a port for subscribers is told from one for authors") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.send_frame(transport("authenticate", "<Origin>ivo://a.b/c</Origin>"));
    peer.read_frame();
  });
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason == "this is a port for subscribers; authors use another one, often 8098");
}

TEST_CASE("nobody there is no answer") {
  RawListener listener;
  const auto port = listener.port();
  listener.close();
  asio::io_context context;
  const Answer answer = submit_once(context, TcpEndpoint{"127.0.0.1", port}, event);
  CHECK(answer.outcome == Outcome::no_answer);
  CHECK(answer.reason ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_CASE("whatever asks to try again later puts the event off") {
  const Answer answer = submit_to([](RawPeer peer) {
    peer.read_frame();
    peer.send_frame(
        transport("nak", "<Meta><Result>" + rejection(too_many_authors) + "</Result></Meta>"));
  });
  CHECK(answer.outcome == Outcome::put_off);
}

}  // namespace vtp::test
