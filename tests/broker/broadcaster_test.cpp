#include "lib/broker/broadcaster.h"

#include <optional>
#include <set>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/served.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

class Server : public Served<Broadcaster, BroadcasterOptions> {
 public:
  explicit Server(milliseconds greeting = milliseconds(5), milliseconds alive = test_patience)
      : Server(BroadcasterOptions{"ivo://test.broker/a", greeting, alive, 100'000}) {}
  explicit Server(const BroadcasterOptions& options, Level level = Level::warning)
      : Served(options, level) {}

  // A subscriber that has answered the greeting, with these filters.
  RawPeer subscriber(const std::vector<std::string>& filters = {}) {
    RawPeer peer = connect();
    greet(peer, filters);
    return peer;
  }

  // Answers the greeting, and waits until that has been heard.
  void greet(RawPeer& peer, const std::vector<std::string>& filters) {
    const auto greeting = parse_transport(peer.read_frame().value_or("")).value();
    CHECK(greeting.role == TransportRole::authenticate);
    CHECK(greeting.origin == "ivo://test.broker/a");
    set_filters(peer, filters);
  }

  static void set_filters(RawPeer& peer, const std::vector<std::string>& filters) {
    std::vector<Param> params;
    for (const std::string& filter : filters)
      params.push_back({std::string(xpath_filter_param), filter});
    answer_greeting(peer, params);
  }

  static void answer_greeting(RawPeer& peer, const std::vector<Param>& params) {
    Transport reply;
    reply.role = TransportRole::authenticate;
    reply.origin = "ivo://test.broker/a";
    reply.params = params;
    peer.send_frame(to_xml(reply, Time{}));
  }

  // One that says where to begin, and which events it wants.
  RawPeer resuming(const Resumption& wish, const std::string& filter = "") {
    RawPeer peer = connect();
    peer.read_frame();
    std::vector<Param> params = params_of(wish);
    if (!filter.empty()) params.push_back({std::string(xpath_filter_param), filter});
    answer_greeting(peer, params);
    return peer;
  }
};

std::string event(int number, const std::string& role = "test") {
  std::string text = valid_event("ivo://a.b/c#" + std::to_string(number));
  return text.replace(text.find("role='test'"), 11, "role='" + role + "'");
}

Resumption behind(const std::string& bytes) { return {digest_of(bytes), std::nullopt}; }

// Params of the iamalive that comes next.
std::vector<Param> told(RawPeer& peer) {
  const auto message = parse_transport(peer.read_frame().value_or("")).value();
  CHECK(message.role == TransportRole::iamalive);
  CHECK(message.origin == "ivo://test.broker/a");
  return message.params;
}

void check_resuming(RawPeer& peer, const std::string& count) {
  const std::vector<Param> params = told(peer);
  REQUIRE(params.size() == 1);
  CHECK(params[0].name == "resuming");
  CHECK(params[0].value == count);
}

void check_caught_up(RawPeer& peer, const std::string& digest) {
  const std::vector<Param> params = told(peer);
  REQUIRE(params.size() == 1);
  CHECK(params[0].name == "caught-up");
  CHECK(params[0].value == digest);
}

TransportRole role_of(const std::optional<std::string>& payload) {
  return parse_transport(payload.value_or("")).value().role;
}

}  // namespace

TEST_CASE("each subscriber gets each event, bytes exact, in the order of the log") {
  Server server;
  std::vector<RawPeer> subscribers;
  for (int i = 0; i < 5; ++i)
    subscribers.push_back(server.subscriber());
  for (int i = 0; i < 20; ++i)
    CHECK(server.append(event(i)) == Stored::first);
  for (RawPeer& subscriber : subscribers)
    for (int i = 0; i < 20; ++i)
      CHECK(subscriber.read_frame() == event(i));
}

TEST_CASE("events that come while others are sent come to everybody, in one order") {
  constexpr int authors = 4;
  constexpr int events = 50;
  Server server;
  std::vector<RawPeer> subscribers;
  for (int i = 0; i < 30; ++i)
    subscribers.push_back(server.subscriber());
  std::vector<std::thread> threads;
  for (int author = 0; author < authors; ++author)
    threads.emplace_back([&server, author] {
      for (int i = 0; i < events; ++i)
        server.append(event(author * events + i));
    });
  for (std::thread& thread : threads)
    thread.join();
  std::vector<std::vector<std::optional<std::string>>> got(subscribers.size());
  for (std::size_t i = 0; i < subscribers.size(); ++i)
    for (int j = 0; j < authors * events; ++j)
      got[i].push_back(subscribers[i].read_frame());
  for (const auto& frames : got)
    CHECK(frames == got.front());
  std::set<std::optional<std::string>> all(got.front().begin(), got.front().end());
  CHECK(all.size() == authors * events);
  CHECK_FALSE(all.contains(std::nullopt));
}

TEST_CASE("a duplicate is not sent again") {
  Server server;
  RawPeer subscriber = server.subscriber();
  server.append(event(1));
  CHECK(server.append(event(1)) == Stored::duplicate);
  server.append(event(2));
  CHECK(subscriber.read_frame() == event(1));
  CHECK(subscriber.read_frame() == event(2));
}

TEST_CASE("filters hold from the first event on, when they come in time") {
  Server server(test_patience);
  RawPeer subscriber = server.connect();
  // Greeted, but it has not answered yet: this event waits for its filters.
  const auto greeting = subscriber.read_frame();
  server.append(event(1, "test"));
  server.append(event(2, "observation"));
  Server::set_filters(subscriber, {"/*[@role='observation']"});
  CHECK(subscriber.read_frame() == event(2, "observation"));
}

TEST_CASE("one that does not answer the greeting gets everything after a moment") {
  Server server(milliseconds(20));
  RawPeer subscriber = server.connect();
  REQUIRE(role_of(subscriber.read_frame()) == TransportRole::authenticate);
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
}

TEST_CASE("filters can be replaced at any time, and taken away") {
  Server server(test_patience);
  RawPeer subscriber = server.subscriber({"//Nothing", "/*[@role='observation']"});
  server.append(event(1, "test"));
  server.append(event(2, "observation"));
  CHECK(subscriber.read_frame() == event(2, "observation"));
  Server::set_filters(subscriber, {"/*[@role='test']", "]not XPath["});
  // What is set and what is appended come by different ways, so ask until the new filters are seen.
  std::optional<std::string> got;
  for (int i = 10; !got; ++i) {
    server.append(event(i, "test"));
    subscriber.set_patience(milliseconds(100));
    got = subscriber.read_frame();
  }
  CHECK(got->find("role='test'") != std::string::npos);
  CHECK(server.logged().find("]not XPath[") != std::string::npos);
}

TEST_CASE("acks are not waited for, and a nak is logged") {
  Server server;
  RawPeer subscriber = server.subscriber();
  Transport nak;
  nak.role = TransportRole::nak;
  nak.origin = "ivo://a.b/c#1";
  nak.result = "do not like it";
  subscriber.send_frame(to_xml(nak, Time{}));
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
  server.finish(test_patience);
  CHECK(server.logged().find("refused VOEvent ivo://a.b/c#1: do not like it") != std::string::npos);
}

TEST_CASE("an iamalive goes out at its time, and one that echoes it stays") {
  Server server(milliseconds(1), milliseconds(20));
  RawPeer subscriber = server.subscriber();
  for (int i = 0; i < 6; ++i) {
    const auto alive = subscriber.read_frame();
    REQUIRE(role_of(alive) == TransportRole::iamalive);
    subscriber.send_frame(*alive);
  }
}

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
  server.finish(test_patience);
  const std::string log = server.logged();
  const std::string line = "acknowledges what it was not sent, such as ivo://never/sent#1";
  const auto first = log.find(line);
  REQUIRE(first != std::string::npos);
  CHECK(log.find(line, first + 1) == std::string::npos);
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

TEST_CASE("a thousand subscribers that connect at once are all served") {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  Server server(test_patience);
  std::vector<RawPeer> subscribers;
  for (int i = 0; i < 1000; ++i)
    subscribers.push_back(server.connect());
  for (RawPeer& subscriber : subscribers)
    server.greet(subscriber, {});
  server.append(event(1));
  int served = 0;
  for (RawPeer& subscriber : subscribers)
    served += subscriber.read_frame() == event(1);
  CHECK(served == 1000);
}

TEST_CASE("one that names an event gets what came behind it, then what comes, none twice") {
  Server server(test_patience);
  for (int i = 0; i < 5; ++i)
    server.append(event(i));
  RawPeer subscriber = server.resuming(behind(event(1)));
  check_resuming(subscriber, "3");
  for (int i = 2; i < 5; ++i)
    CHECK(subscriber.read_frame() == event(i));
  check_caught_up(subscriber, digest_of(event(4)).hex());
  server.append(event(5));
  CHECK(subscriber.read_frame() == event(5));
}

TEST_CASE("events that come while others are made up for are neither missed nor sent twice") {
  Server server(test_patience);
  for (int i = 0; i < 300; ++i)
    server.append(event(i));
  RawPeer subscriber = server.resuming(behind(event(0)));
  std::thread author([&] {
    for (int i = 300; i < 600; ++i)
      server.append(event(i));
  });
  std::vector<std::string> got;
  while (got.size() < 599) {
    const auto payload = subscriber.read_frame();
    REQUIRE(payload);
    if (payload->find("VOEvent") != std::string::npos) got.push_back(*payload);
  }
  author.join();
  for (int i = 1; i < 600; ++i)
    CHECK(got[static_cast<std::size_t>(i - 1)] == event(i));
}

TEST_CASE("one that names a time gets what was received from then on") {
  Server server(test_patience);
  server.append(event(0));
  server.clock().advance(std::chrono::hours(1));
  const Time since = server.clock().now();
  server.append(event(1));
  SECTION("by the time alone") {
    RawPeer subscriber = server.connect();
    subscriber.read_frame();
    Server::answer_greeting(subscriber, {{std::string(since_param), utc_text(since)}});
    check_resuming(subscriber, "1");
    CHECK(subscriber.read_frame() == event(1));
    check_caught_up(subscriber, digest_of(event(1)).hex());
  }
  SECTION("an event that is known counts more") {
    RawPeer subscriber = server.resuming({digest_of(event(1)), since});
    check_resuming(subscriber, "0");
    check_caught_up(subscriber, digest_of(event(1)).hex());
  }
  SECTION("and one that is not known less") {
    RawPeer subscriber = server.resuming({digest_of("unknown"), since});
    check_resuming(subscriber, "1");
    CHECK(subscriber.read_frame() == event(1));
  }
}

TEST_CASE(
    "one that names an event which is not known gets all that is kept, and a line is logged") {
  Server server(test_patience);
  server.append(event(0));
  server.append(event(1));
  RawPeer subscriber = server.resuming(behind("unknown"));
  check_resuming(subscriber, "2");
  CHECK(subscriber.read_frame() == event(0));
  CHECK(subscriber.read_frame() == event(1));
  CHECK(server.logged().find("that is not known here (" + digest_of("unknown").hex() + ")") !=
        std::string::npos);
}

TEST_CASE("one that has nothing yet gets nothing old, and is told the cursor") {
  Server server(test_patience);
  {
    RawPeer first = server.resuming({});
    check_resuming(first, "0");
    check_caught_up(first, "");  // there is no event yet
  }
  server.append(event(0));
  RawPeer subscriber = server.resuming({});
  check_resuming(subscriber, "0");
  check_caught_up(subscriber, digest_of(event(0)).hex());
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
}

TEST_CASE("filters hold for what is made up for, and the cursor goes past what is not wanted") {
  Server server(test_patience, milliseconds(100));
  for (int i = 0; i < 3; ++i)
    server.append(event(i, i == 1 ? "observation" : "test"));
  RawPeer subscriber = server.resuming(behind(event(0)), "/*[@role='observation']");
  check_resuming(subscriber, "2");
  CHECK(subscriber.read_frame() == event(1, "observation"));
  check_caught_up(subscriber, digest_of(event(2)).hex());
  server.append(event(3));
  const auto alive = subscriber.read_frame().value_or("");
  const auto caught_up = caught_up_in(parse_transport(alive).value());
  REQUIRE(caught_up);
  // Whether the iamalive or the event was first is not known.
  if (caught_up->last != digest_of(event(3)))
    check_caught_up(subscriber, digest_of(event(3)).hex());
}

TEST_CASE("iamalives that tell of cursors are not owed an answer") {
  Server server(test_patience, milliseconds(50));
  RawPeer subscriber = server.resuming({});
  check_resuming(subscriber, "0");
  check_caught_up(subscriber, "");
  check_caught_up(subscriber, "");  // the regular ones, of which two may be left
  check_caught_up(subscriber, "");
  CHECK(subscriber.is_closed());
}

TEST_CASE("a cursor is said once, in the first answer") {
  Server server(test_patience);
  server.append(event(0));
  RawPeer subscriber = server.subscriber();
  Server::answer_greeting(subscriber, params_of(behind("unknown")));
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
}

TEST_CASE("a cursor in an answer that comes late still counts") {
  Server server(milliseconds(1));
  server.append(event(0));
  server.append(event(1));
  RawPeer subscriber = server.connect();
  subscriber.read_frame();
  server.append(event(2));
  CHECK(subscriber.read_frame() == event(2));
  Server::answer_greeting(subscriber, params_of(behind(event(0))));
  check_resuming(subscriber, "2");
  CHECK(subscriber.read_frame() == event(1));
  CHECK(subscriber.read_frame() == event(2));
  check_caught_up(subscriber, digest_of(event(2)).hex());
}

TEST_CASE("a cursor that makes no sense is ignored with a line") {
  Server server(test_patience);
  server.append(event(0));
  RawPeer subscriber = server.connect();
  subscriber.read_frame();
  Server::answer_greeting(subscriber, {{std::string(resume_after_param), "abc"},
                                       {std::string(since_param), "yesterday"}});
  server.append(event(1));
  CHECK(subscriber.read_frame() == event(1));
  CHECK(server.logged().find("resume-after abc is not the SHA-256") != std::string::npos);
  CHECK(server.logged().find("since yesterday is not a time") != std::string::npos);
}

TEST_CASE("one that takes too long over a message is dropped with a line") {
  Server server(
      BroadcasterOptions{.local_ivo = "ivo://test.broker/a", .message_patience = milliseconds(10)});
  RawPeer peer = server.subscriber();
  peer.send(framed("<x/>").substr(0, 6));
  CHECK(peer.is_closed());
  CHECK(server.logged().find("takes too long over a message") != std::string::npos);
}

TEST_CASE("a message over the bound, which is 128 kB, is not waited for") {
  CHECK(BroadcasterOptions{}.max_message == 128 * 1024);
}

TEST_CASE("one whose filters take too much is told, and gets what it wants") {
  Server server(test_patience);
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

TEST_CASE("at the end each subscriber still gets what the log has") {
  Server server;
  RawPeer subscriber = server.subscriber();
  server.append(event(1));
  server.finish(test_patience);
  CHECK(subscriber.read_frame() == event(1));
  CHECK(subscriber.is_closed());
}

}  // namespace vtp
