#include "lib/sessions/broadcaster.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "tests/sessions/broadcaster_fixture.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

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
  Server server(test_timeout);
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
  Server server(test_timeout);
  RawPeer subscriber = server.subscriber({"//Nothing", "/*[@role='observation']"});
  server.append(event(1, "test"));
  server.append(event(2, "observation"));
  CHECK(subscriber.read_frame() == event(2, "observation"));
  Server::set_filters(subscriber, {"/*[@role='test']", "]not XPath["});
  // What is set and what is appended come by different ways, so ask until the new filters are seen.
  std::optional<std::string> got;
  for (int i = 10; !got; ++i) {
    server.append(event(i, "test"));
    subscriber.set_timeout(milliseconds(100));
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
  server.finish(test_timeout);
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

TEST_CASE("a thousand subscribers that connect at once are all served") {
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  Server server(test_timeout);
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

TEST_CASE("at the end each subscriber still gets what the log has") {
  Server server;
  RawPeer subscriber = server.subscriber();
  server.append(event(1));
  server.finish(test_timeout);
  CHECK(subscriber.read_frame() == event(1));
  CHECK(subscriber.is_closed());
}

}  // namespace vtp::test
