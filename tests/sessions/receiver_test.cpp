#include "lib/sessions/receiver.h"

#include <thread>
#include <vector>

#include "tests/signature/signed_events.h"
#include "tests/support/catch.h"
#include "tests/support/other_appender.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/served.h"
#include "tests/support/sql.h"

namespace vtp {
namespace {

class Server : public Served<Receiver, ReceiverOptions> {
 public:
  explicit Server(std::chrono::milliseconds timeout = test_timeout, std::size_t max_size = 100'000,
                  MemoryBudget* memory = nullptr, Verifier* verifier = nullptr)
      : Served({"ivo://test.broker/a", timeout, max_size, memory, verifier}) {}

  // What an author is told who sends this.
  Transport answer_to(std::string_view event) {
    RawPeer peer = connect();
    peer.send_frame(event);
    return parse_transport(peer.read_frame().value_or("<nothing/>")).value();
  }
};

}  // namespace

TEST_CASE("a valid event is on disk when it is acknowledged") {
  Server server;
  const Transport answer = server.answer_to(valid_event("ivo://a.b/c#1"));
  CHECK(server.stored() == 1);
  CHECK(answer.role == TransportRole::ack);
  CHECK(answer.origin == "ivo://a.b/c#1");
  CHECK(answer.response == "ivo://test.broker/a");
  CHECK(answer.timestamp == "2026-11-22T12:42:50Z");
}

TEST_CASE("the same bytes are refused the second time, other bytes under the same ivorn are not") {
  Server server;
  CHECK(server.answer_to(valid_event("ivo://a.b/c#1")).role == TransportRole::ack);
  const Transport again = server.answer_to(valid_event("ivo://a.b/c#1"));
  CHECK(again.role == TransportRole::nak);
  CHECK(again.result == "Event rejected: Previously seen by this broker");
  CHECK(again.origin == "ivo://a.b/c#1");
  CHECK(server.answer_to(valid_event("ivo://a.b/c#1") + "\n").role == TransportRole::ack);
}

TEST_CASE("an ivorn that is no URI stands in the reason, as no Origin may hold it") {
  Server server;
  const Transport answer = server.answer_to(valid_event("ivo://a.b/c#%zz"));
  CHECK(answer.role == TransportRole::nak);
  CHECK(answer.origin == "");
  CHECK(answer.result.find("\"ivo://a.b/c#%zz\" is not a URI") != std::string::npos);
}

TEST_CASE("an event that breaks a rule is refused with its ivorn and a reason to act on") {
  Server server;
  const auto reason = [&](const std::string& event) {
    const Transport answer = server.answer_to(event);
    CHECK(answer.role == TransportRole::nak);
    return answer.origin + ": " + answer.result;
  };
  CHECK(reason(event_with("ivo://a.b/c#1", "<Who>\n<Foo/></Who>"))
            .starts_with("ivo://a.b/c#1: Event rejected: line 2: "));
  CHECK(reason(event_with("ivo://a.b/c#1", "<Who>"))
            .starts_with("ivo://a.b/c#1: Event rejected: line 1: not well-formed XML: "));
  CHECK(reason("<!DOCTYPE x>" + valid_event("ivo://a.b/c#1"))
            .starts_with("ivo://a.b/c#1: Event rejected: line 1: "));
  CHECK(reason(valid_event("ivo://a.b/c")) ==
        "ivo://a.b/c: Event rejected: No per-event local ID in ivorn ivo://a.b/c (after # or ?)");
  CHECK(reason(old_event("ivo://a.b/c#1")).starts_with("ivo://a.b/c#1: Event rejected: "));
  CHECK(server.stored() == 0);
}

TEST_CASE("a large event is answered as a small one is, in its turn on the connection") {
  Server server(test_timeout, 1'000'000);
  const std::string body(3 * large_message, '\n');
  RawPeer peer = server.connect();
  peer.send(framed(event_with("ivo://a.b/c#1", body)) + framed(valid_event("ivo://a.b/c#2")) +
            framed(event_with("ivo://a.b/c#3", body + "<Foo/>")));
  std::string answers;
  for (int i = 0; i < 3; ++i) {
    const Transport answer = parse_transport(peer.read_frame().value_or("<nothing/>")).value();
    answers += answer.origin + " " + std::string(name_of(answer.role)) + " ";
  }
  CHECK(answers == "ivo://a.b/c#1 ack ivo://a.b/c#2 ack ivo://a.b/c#3 nak ");
}

TEST_CASE(
    "an author is asked to try again where there is no memory for its event, and a small one is "
    "taken") {
  MemoryBudget memory(200'000);
  Server server(test_timeout, 1'000'000, &memory);
  const Transport large = server.answer_to(event_with("ivo://a.b/c#1", std::string(500'000, ' ')));
  CHECK(large.role == TransportRole::nak);
  CHECK(large.result == "Event rejected: there is no memory for a message now; try again later");
  CHECK(server.served().figures().fates.of(Fate::no_memory) == 1);
  CHECK(server.answer_to(valid_event("ivo://a.b/c#2")).role == TransportRole::ack);
  server.finish(test_timeout);
  CHECK(memory.used() == 0);
}

TEST_CASE("a large message that has stalled leaves its memory to others") {
  MemoryBudget memory(1'000'000);
  Server server(test_timeout, 1'000'000, &memory);
  const std::string large = framed(event_with("ivo://a.b/c#1", std::string(500'000, ' ')));
  RawPeer stalled = server.connect();
  stalled.send(large.substr(0, large.size() - 1));
  std::optional<std::string> answer;
  // How soon it counts as stalled is the budget's matter; until then the other is asked to come again.
  while (!answer) {
    const std::string other = event_with("ivo://a.b/c#2", std::string(600'000, ' '));
    if (server.answer_to(other).role == TransportRole::ack) answer = stalled.read_frame();
  }
  CHECK(answer->find("no memory") != std::string::npos);
}

TEST_CASE("a subscriber that has come to the port for authors is told so") {
  Server server;
  const Transport answer = server.answer_to(
      "<trn:Transport role='iamalive'><Origin>ivo://a.b/subscriber</Origin></trn:Transport>");
  CHECK(answer.role == TransportRole::nak);
  CHECK(answer.result.find("this port is for authors") != std::string::npos);
}

TEST_CASE("what is not a VOEvent is closed without an answer") {
  Server server;
  for (const char* bytes :
       {"", "hello", "<html/>", "<trn:Transport xmlns:trn='x' role='iamalive'/>"}) {
    RawPeer peer = server.connect();
    peer.send_frame(bytes);
    CHECK(peer.is_closed());
  }
}

TEST_CASE("an author may keep its connection for the next event") {
  Server server;
  RawPeer peer = server.connect();
  peer.send(framed(valid_event("ivo://a.b/c#1")) + framed(valid_event("ivo://a.b/c#2")));
  CHECK(parse_transport(*peer.read_frame())->origin == "ivo://a.b/c#1");
  CHECK(parse_transport(*peer.read_frame())->origin == "ivo://a.b/c#2");
  peer.end_sending();
  CHECK(peer.is_closed());
}

TEST_CASE("an author that closes its side at once is still answered") {
  Server server;
  RawPeer peer = server.connect();
  peer.send_frame(valid_event("ivo://a.b/c#1"));
  peer.end_sending();
  CHECK(parse_transport(*peer.read_frame())->role == TransportRole::ack);
  CHECK(peer.is_closed());
}

TEST_CASE("silent and half-spoken authors hold up nobody, and are closed in time") {
  Server server(std::chrono::milliseconds(200));
  RawPeer silent = server.connect();
  RawPeer half = server.connect();
  half.send(framed(valid_event("ivo://a.b/c#1")).substr(0, 100));
  CHECK(server.answer_to(valid_event("ivo://a.b/c#2")).role == TransportRole::ack);
  CHECK(silent.is_closed());
  CHECK(half.is_closed());
  CHECK(server.stored() == 1);
}

TEST_CASE("a frame over the limit is refused before it has come") {
  Server server(test_timeout, 1000);
  RawPeer peer = server.connect();
  peer.send(std::string("\0\0\x10\0", 4));
  const auto answer = parse_transport(*peer.read_frame());
  CHECK(answer->role == TransportRole::nak);
  CHECK(answer->result == "Event rejected: a message of 4096 bytes is over the limit of 1000");
  CHECK(peer.is_closed());
}

TEST_CASE("an author that has sent all of a frame over the limit hears of it too") {
  Server server(test_timeout, 1000);
  RawPeer peer = server.connect();
  CHECK(peer.send_frame(std::string(3'000'000, 'x')));
  CHECK(parse_transport(*peer.read_frame())->role == TransportRole::nak);
}

TEST_CASE("a length in the wrong byte order costs the author its connection") {
  Server server;
  RawPeer peer = server.connect();
  peer.send(std::string("\x64\0\0\0", 4) + std::string(100, 'x'));
  CHECK(parse_transport(*peer.read_frame())
            ->result.ends_with("(is its length in the wrong byte order?)"));
  CHECK(peer.is_closed());
}

TEST_CASE("authors that send the same event at the same instant get one ack between them") {
  Server server;
  std::vector<RawPeer> authors;
  for (int i = 0; i < 20; ++i)
    authors.push_back(server.connect());
  for (RawPeer& author : authors)
    author.send_frame(valid_event("ivo://a.b/c#1"));
  int acks = 0;
  for (RawPeer& author : authors)
    acks += parse_transport(*author.read_frame())->role == TransportRole::ack;
  CHECK(acks == 1);
}

TEST_CASE("an event that the log refuses is refused, not for now") {
  Server server;
  OtherAppender log;
  log.fate = Stored::refused;
  server.append_through(log);
  const Transport answer = server.answer_to(valid_event("ivo://a.b/c#1"));
  CHECK(answer.role == TransportRole::nak);
  CHECK(answer.result == "Event rejected: The log of this broker does not take this event");
  CHECK(server.served().figures().fates.of(Fate::log_refuses) == 1);
}

TEST_CASE("an event that cannot be stored is refused for now, and taken later") {
  Server server;
  run_sql(server.path(),
          "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(FAIL, 'no'); END");
  const Transport answer = server.answer_to(valid_event("ivo://a.b/c#1"));
  CHECK(answer.role == TransportRole::nak);
  CHECK(answer.result == "Event rejected: This broker cannot store events now; try again later");
  CHECK(server.served().figures().fates.of(Fate::cannot_store) == 1);
  run_sql(server.path(), "DROP TRIGGER broken");
  CHECK(server.answer_to(valid_event("ivo://a.b/c#1")).role == TransportRole::ack);
}

// How a second event begins goes out together with the first, whose answer shows that both have come.
TEST_CASE("at the end idle authors are closed at once, and one at work may finish") {
  Server server;
  RawPeer idle = server.connect();
  RawPeer working = server.connect();
  const std::string bytes = framed(valid_event("ivo://a.b/c#1"));
  idle.send_frame(valid_event("ivo://a.b/c#2"));
  working.send(framed(valid_event("ivo://a.b/c#3")) + bytes.substr(0, 50));
  for (RawPeer* peer : {&idle, &working})
    REQUIRE(peer->read_frame());
  std::thread end([&] { server.finish(test_timeout); });
  CHECK(idle.is_closed());
  working.send(bytes.substr(50));
  const auto answer = working.read_frame();
  REQUIRE(answer);
  CHECK(parse_transport(*answer)->role == TransportRole::ack);
  CHECK(working.is_closed());
  end.join();
}

TEST_CASE("at the end one that does not finish is cut off") {
  Server server;
  RawPeer half = server.connect();
  half.send(framed(valid_event("ivo://a.b/c#1")) + '\0');
  REQUIRE(half.read_frame());
  server.finish(std::chrono::milliseconds(20));
  CHECK(half.is_closed());
  CHECK(server.logged() == "test: Cutting off 1 connection(s) that did not finish in time\n");
}

TEST_CASE("where signatures are required, an author is told what is wrong with that of its event") {
  SigningAuthor author;
  VerifierOptions options;
  options.verify = Verify::require;
  options.check.keyring = author.ring.folder();
  Verifier verifier(options);
  Server server(test_timeout, 100'000, nullptr, &verifier);
  const std::string required =
      "Event rejected: This broker takes only events signed by their author: ";
  CHECK(server.answer_to(author.signed_event("ivo://a.b/c#1")->bytes).role == TransportRole::ack);
  const Transport none = server.answer_to(valid_event("ivo://a.b/c#2"));
  CHECK(none.role == TransportRole::nak);
  CHECK(none.origin == "ivo://a.b/c#2");
  CHECK(none.result == required + "it has no signature");
  CHECK(server.answer_to(author.signed_event("ivo://a.b/c#3", false)->bytes).result ==
        required + "its signature by the key " + author.key.substr(24) + " is not of these bytes");
  CHECK(server.stored() == 1);
  CHECK(server.served().figures().fates.of(Fate::signature) == 2);
}

TEST_CASE("where signatures are only logged, events are taken whatever they are") {
  SigningAuthor author;
  VerifierOptions options;
  options.verify = Verify::log;
  options.check.keyring = author.ring.folder();
  Verifier verifier(options);
  Server server(test_timeout, 100'000, nullptr, &verifier);
  for (const std::string& event :
       {author.signed_event("ivo://a.b/c#1")->bytes, valid_event("ivo://a.b/c#2"),
        author.signed_event("ivo://a.b/c#3", false)->bytes})
    CHECK(server.answer_to(event).role == TransportRole::ack);
  CHECK(server.stored() == 3);
}

TEST_CASE("an author whose event cannot be checked now is asked to try again later") {
  SigningAuthor author;
  SlowGpg gpg(author.ring);
  VerifierOptions options;
  options.verify = Verify::require;
  options.check = {author.ring.folder(), {}, gpg.program()};
  Verifier verifier(options);
  const std::string event = author.signed_event("ivo://a.b/c#1")->bytes;
  Server server(test_timeout, 100'000, nullptr, &verifier);
  ::rename(gpg.program().c_str(), author.ring.path("away").c_str());
  const Transport answer = server.answer_to(event);
  CHECK(answer.role == TransportRole::nak);
  CHECK(answer.result ==
        "Event rejected: This broker cannot check signatures now; try again later");
  ::rename(author.ring.path("away").c_str(), gpg.program().c_str());
  CHECK(server.answer_to(event).role == TransportRole::ack);
}

TEST_CASE("all connections of an author have one share of the checks of signatures") {
  SigningAuthor author;
  SlowGpg gpg(author.ring);
  gpg.close();
  VerifierOptions options;
  options.verify = Verify::require;
  options.check = {author.ring.folder(), {}, gpg.program()};
  options.threads = 1;
  options.most_waiting = 4;
  Verifier verifier(options);
  Server server(test_timeout, 100'000, nullptr, &verifier);
  if (GENERATE(false, true)) server.admit_only("telescope 127.0.0.0/8 author\n");
  std::vector<RawPeer> peers;
  const auto begin = [&](int number) {
    peers.push_back(server.connect());
    peers.back().send_frame(author.signed_event("ivo://a.b/c#" + std::to_string(number))->bytes);
  };
  asio::io_context here;
  begin(0);
  REQUIRE(comes_true(here, [&] { return gpg.runs() == 1; }));
  for (int i = 1; i <= 3; ++i)
    begin(i);
  REQUIRE(comes_true(here, [&] { return verifier.waiting() == 3; }));
  begin(4);
  const auto answer = parse_transport(peers.back().read_frame().value_or("<nothing/>"));
  CHECK(answer->result ==
        "Event rejected: This broker cannot check signatures now; try again later");
  gpg.open();
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(parse_transport(peers[i].read_frame().value_or("<nothing/>"))->role ==
          TransportRole::ack);
}

}  // namespace vtp
