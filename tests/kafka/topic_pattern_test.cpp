#include "lib/kafka/topic_pattern.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a topic is meant by its name, or by a regular expression that begins with ^") {
  CHECK(TopicPattern("a.b").matches("a.b"));
  CHECK_FALSE(TopicPattern("a.b").matches("axb"));
  CHECK(TopicPattern("^gcn\\.classic\\.").matches("gcn.classic.voevent.X"));
  CHECK_FALSE(TopicPattern("^gcn\\.classic\\.").matches("gcnxclassic.voevent.X"));
  CHECK(TopicPattern("^a(b|c)+$").matches("abcb"));
}

TEST_CASE("no regular expression means Kafka's own topics, but their names do") {
  CHECK_FALSE(TopicPattern("^.*").matches("__consumer_offsets"));
  CHECK(TopicPattern("__consumer_offsets").matches("__consumer_offsets"));
}

TEST_CASE("an expression that does not compile is invalid, and matches nothing") {
  CHECK(TopicPattern("a(").is_valid());
  CHECK(TopicPattern("^a").is_valid());
  CHECK_FALSE(TopicPattern("^a(").is_valid());
  CHECK_FALSE(TopicPattern("^a(").matches("a"));
}

}  // namespace vtp
