#include "lib/followers/topic_tail.h"

#include <memory>

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

KafkaEndpoint topics(const std::string& text) { return parse_kafka("kafka://" + text).value(); }

LogEntry from(const std::string& source) { return {1, sample_event("ivo://a.b/c#1"), source}; }

Digest digest_number(std::size_t number) { return digest_of(std::to_string(number)); }

LogEntry with_digest(const Digest& digest) {
  return {1, std::make_shared<const Event>(Event{"", digest, {}}), "them"};
}

}  // namespace

TEST_CASE("a topic has what was found in it, whoever sent it first") {
  TopicTail tail("events", /*trusts_sources=*/false);
  const LogEntry entry = from("127.0.0.1:8098");
  CHECK_FALSE(tail.has(entry));
  tail.found("others", entry.event->digest);
  CHECK_FALSE(tail.has(entry));
  tail.found("events", entry.event->digest);
  CHECK(tail.has(entry));
}

TEST_CASE("a topic has what came from it in an earlier run, if the source can mean no other") {
  const TopicTail trusting("events", true);
  CHECK(trusting.has(from("events[0]@17")));
  for (const char* source :
       {"others[0]@17", "events[0]", "events@17", "127.0.0.1:8098", "this broker", ""}) {
    INFO(source);
    CHECK_FALSE(trusting.has(from(source)));
  }
  CHECK_FALSE(TopicTail("events", false).has(from("events[0]@17")));
}

TEST_CASE("only the newest that were found are remembered") {
  TopicTail tail("events", false);
  for (std::size_t i = 0; i <= TopicTail::most_found; ++i)
    tail.found("events", digest_number(i));
  CHECK_FALSE(tail.has(with_digest(digest_number(0))));
  CHECK(tail.has(with_digest(digest_number(1))));
  CHECK(tail.has(with_digest(digest_number(TopicTail::most_found))));
}

TEST_CASE("a source can mean only one topic if no other cluster has one of that name") {
  const KafkaEndpoint topic = topics("a:1,b:1/events");
  CHECK(is_only_source(topic, {}, {}));
  CHECK(is_only_source(topic, {topics("b:1/^ev"), topics("c:1/others")}, {}));
  CHECK_FALSE(is_only_source(topic, {topics("c:1/events")}, {}));
  CHECK_FALSE(is_only_source(topic, {topics("c:1/^ev")}, {}));
  CHECK(is_only_source(topic, {}, {{"kafka://a:1/events[0]", 5}, {"kafka://c:1/others[0]", 5}}));
  CHECK_FALSE(is_only_source(topic, {}, {{"kafka://c:1,d:1/events[3]", 5}}));
}

}  // namespace vtp
