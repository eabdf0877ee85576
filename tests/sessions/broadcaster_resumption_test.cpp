#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/sessions/broadcaster_fixture.h"
#include "tests/support/other_appender.h"

namespace vtp::test {
namespace {

using std::chrono::milliseconds;

}  // namespace

TEST_CASE("one that names an event gets what came behind it, then what comes, none twice") {
  Server server(test_timeout);
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
  Server server(test_timeout);
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
  Server server(test_timeout);
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

TEST_CASE("one that may wait gets what is behind an event that is not there yet") {
  Server server(test_timeout);
  server.append(event(0));
  RawPeer subscriber =
      server.resuming({digest_of(event(1)), std::nullopt, std::chrono::seconds(5)});
  server.append(event(1));
  check_resuming(subscriber, "0");
  check_caught_up(subscriber, digest_of(event(1)).hex());
  server.append(event(2));
  CHECK(subscriber.read_frame() == event(2));
}

TEST_CASE("one that waits for an event that does not come gets all that is kept in the end") {
  const bool own_end = GENERATE(true, false);  // what it wishes, or the broker's bound
  Server server(BroadcasterOptions{
      .local_ivo = "ivo://test.broker/a",
      .greeting_timeout = test_timeout,
      .alive_interval = test_timeout,
      .resume_wait = own_end ? milliseconds(longest_resume_wait) : milliseconds(20)});
  server.append(event(0));
  RawPeer subscriber = server.resuming({digest_of("unknown"), std::nullopt,
                                        own_end ? std::chrono::seconds(1) : longest_resume_wait});
  check_resuming(subscriber, "1");
  CHECK(subscriber.read_frame() == event(0));
}

TEST_CASE(
    "one that names an event which is not known gets all that is kept, and a line is logged") {
  Server server(test_timeout);
  server.append(event(0));
  server.append(event(1));
  RawPeer subscriber = server.resuming(behind("unknown"));
  check_resuming(subscriber, "2");
  CHECK(subscriber.read_frame() == event(0));
  CHECK(subscriber.read_frame() == event(1));
  CHECK(server.logged().find("that is not in the log (" + digest_of("unknown").hex() + ")") !=
        std::string::npos);
}

TEST_CASE("one that names an event which may still come is sent nothing, and can try again") {
  OtherAppender other;
  Server server(BroadcasterOptions{.local_ivo = "ivo://test.broker/a",
                                   .greeting_timeout = test_timeout,
                                   .alive_interval = test_timeout},
                Level::info);
  server.append(event(0));
  server.append_through(other);
  RawPeer subscriber = server.resuming(behind("unknown"));
  CHECK_FALSE(subscriber.read_frame());
  CHECK(server.logs("gone: this broker cannot tell whether the event to resume after is to come"));
  RawPeer again = server.resuming(behind(event(0)));
  check_resuming(again, "0");
}

TEST_CASE("one that has nothing yet gets nothing old, and is told the cursor") {
  Server server(test_timeout);
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
  Server server(test_timeout, milliseconds(100));
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
  Server server(test_timeout, milliseconds(50));
  RawPeer subscriber = server.resuming({});
  check_resuming(subscriber, "0");
  check_caught_up(subscriber, "");
  check_caught_up(subscriber, "");  // the regular ones, of which two may be left
  check_caught_up(subscriber, "");
  CHECK(subscriber.is_closed());
}

TEST_CASE("a cursor is said once, in the first answer") {
  Server server(test_timeout);
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
  Server server(test_timeout);
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

}  // namespace vtp::test
