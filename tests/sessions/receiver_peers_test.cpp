#include <string>

#include "lib/sessions/receiver.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/served.h"

namespace vtp {
namespace {

class Server : public Served<Receiver, ReceiverOptions> {
 public:
  explicit Server(const std::string& peers_file)
      : Served({"ivo://test.broker/a", test_timeout, 100'000, nullptr}, Level::info) {
    admit_only(peers_file);
  }

  static Transport answer_in(RawPeer& author, const std::string& ivorn) {
    author.send_frame(valid_event(ivorn));
    return parse_transport(author.read_frame().value_or("<nothing/>")).value();
  }
};

}  // namespace

TEST_CASE("an author in the list is named in lines and in the database, beside its address") {
  Server server("pole 127.0.0.1 author\n");
  RawPeer author = server.connect();
  CHECK(Server::answer_in(author, "ivo://a.b/c#1").role == TransportRole::ack);
  CHECK(server.logs("New connection from pole (127.0.0.1:"));
  CHECK(server.logs("VOEvent ivo://a.b/c#1 received from pole (127.0.0.1:"));
  const std::string source = Store(server.path()).read_after(0, 1).front().source;
  CHECK(source.starts_with("pole (127.0.0.1:"));
  CHECK(source.find(')') != std::string::npos);
}

TEST_CASE("an author may send only the events that are listed for it, and is told which") {
  Server server("pole 127.0.0.1 author ivorn=ivo://a.b/c\n");
  RawPeer author = server.connect();
  const Transport refused = Server::answer_in(author, "ivo://a.b/other#1");
  CHECK(refused.role == TransportRole::nak);
  CHECK(refused.origin == "ivo://a.b/other#1");
  CHECK(refused.result ==
        "Event rejected: pole may not send events with this ivorn here, but only ivo://a.b/c…");
  CHECK(server.served().figures().fates.of(Fate::not_admitted) == 1);
  CHECK(Server::answer_in(author, "ivo://a.b/c#1").role == TransportRole::ack);
  CHECK(server.stored() == 1);
  CHECK(server.logs("VOEvent ivo://a.b/other#1 from pole (127.0.0.1:"));
}

TEST_CASE("an author over its rate is put off, on all of its connections") {
  Server server("pole 127.0.0.1 author rate=0.001/s,2\n");
  RawPeer one = server.connect();
  RawPeer two = server.connect();
  CHECK(Server::answer_in(one, "ivo://a.b/c#1").role == TransportRole::ack);
  CHECK(Server::answer_in(two, "ivo://a.b/c#2").role == TransportRole::ack);
  for (RawPeer* author : {&one, &two}) {
    const Transport put_off = Server::answer_in(*author, "ivo://a.b/c#3");
    CHECK(put_off.role == TransportRole::nak);
    CHECK(put_off.result ==
          "Event rejected: pole sends more events than its rate allows here (0.001/s,2); try again "
          "later");
  }
  CHECK(server.stored() == 2);
}

TEST_CASE("an author that is not in the list is told so, and is closed") {
  Server server("pole 192.0.2.0/24 author\nall 127.0.0.0/8 subscriber\n");
  RawPeer author = server.connect();
  const auto nak = parse_transport(author.read_frame().value_or("<nothing/>")).value();
  CHECK(nak.role == TransportRole::nak);
  CHECK(nak.result == "Event rejected: Authors at 127.0.0.1 are not allowed here");
  CHECK_FALSE(author.read_frame());
}

TEST_CASE("a new list counts for authors that are connected") {
  Server server("pole 127.0.0.1 author ivorn=ivo://a.b/c\n");
  RawPeer author = server.connect();
  CHECK(Server::answer_in(author, "ivo://a.b/c#1").role == TransportRole::ack);
  server.admit_only("pole 127.0.0.1 author ivorn=ivo://a.b/d\n");
  CHECK(Server::answer_in(author, "ivo://a.b/c#2").role == TransportRole::nak);
  CHECK(Server::answer_in(author, "ivo://a.b/d#1").role == TransportRole::ack);
  server.admit_only("pole 192.0.2.1 author\n");
  CHECK_FALSE(author.read_frame());
  CHECK(server.logs(" is not in the peers file any more; disconnecting it"));
  CHECK(server.logs("Author pole (127.0.0.1:"));
}

TEST_CASE("an author that is taken out while it is answered gets its answer") {
  Server server("pole 127.0.0.1 author\n");
  RawPeer author = server.connect();
  CHECK(Server::answer_in(author, "ivo://a.b/c#0").role == TransportRole::ack);
  author.send_frame(valid_event("ivo://a.b/c#1"));
  server.admit_only("# nobody\n");
  const auto answer = author.read_frame();
  // Whether the event or the list came first is open; nothing is stored that is not answered.
  if (answer) CHECK(parse_transport(*answer).value().role == TransportRole::ack);
  CHECK((!answer || !author.read_frame()));
  CHECK(server.stored() == (answer ? 2 : 1));
}

// The thread that serves reads the event, is told of the list, and only then looks at the event.
TEST_CASE(
    "an event that has been read when its author is taken out is not stored without an answer") {
  Server server("pole 127.0.0.1 author\n");
  RawPeer author = server.connect();
  CHECK(Server::answer_in(author, "ivo://a.b/c#0").role == TransportRole::ack);
  server.call([&] {
    author.send_frame(valid_event("ivo://a.b/c#1"));
    server.admit_only("# nobody\n");
  });
  REQUIRE(server.logs(" is not in the peers file any more; disconnecting it"));
  const bool answered = author.read_frame().has_value();
  server.finish(test_timeout);
  CHECK(server.stored() == (answered ? 2 : 1));
}

TEST_CASE("an author that has sent ahead when it is taken out gets the answers to what is stored") {
  Server server("pole 127.0.0.1 author\n");
  RawPeer author = server.connect();
  CHECK(Server::answer_in(author, "ivo://a.b/c#0").role == TransportRole::ack);
  for (int i = 1; i <= 50; ++i)
    author.send_frame(valid_event("ivo://a.b/c#" + std::to_string(i)));
  server.admit_only("# nobody\n");
  std::size_t answers = 1;
  while (author.read_frame())
    ++answers;
  CHECK(server.stored() == answers);
  CHECK(server.logged().find(" closed: ") == std::string::npos);
}

}  // namespace vtp
