#include "lib/subscriber/kafka_subscriber.h"

#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

std::string event(int number) {
  return "<?xml version=\"1.0\"?><voe:VOEvent "
         "xmlns:voe=\"http://www.ivoa.net/xml/VOEvent/v2.0\" version=\"2.0\" role=\"test\" "
         "ivorn=\"ivo://a/b#" +
         std::to_string(number) +
         "\"><Who><AuthorIVORN>ivo://a/b</AuthorIVORN></Who></voe:VOEvent>";
}

// Reads the topic "t" from its beginning to its present end.
struct Fixture {
  explicit Fixture(const KafkaCluster& cluster) {
    options.consumer.endpoint = parse_kafka("kafka://" + cluster.hosts() + "/t").value();
    options.consumer.begin_at[{"t", 0}] = 0;
    options.consumer.until_now = true;
  }

  Departure run() {
    if (!subscriber)
      subscriber.emplace(
          context.get_executor(), options,
          [this](EventPtr given, MessageSource source) {
            return take(std::move(given), std::move(source));
          },
          [this](const MessagePosition& next) { passed.push_back(next.offset); }, diagnostics);
    return run_to_end(context, subscriber->run());
  }

  asio::awaitable<bool> take(EventPtr given, MessageSource source) {
    if (throws && given->headline.ivorn == "ivo://a/b#1") {
      throws = false;
      throw std::runtime_error("no");
    }
    taken += text_of(source) + " " + given->headline.ivorn + "\n";
    bytes.push_back(given->bytes);
    details = source.details;
    co_return true;
  }

  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  KafkaSubscriberOptions options;
  asio::io_context context;
  std::string taken;
  std::vector<std::string> bytes;
  std::shared_ptr<const MessageDetails> details;  // of the last event
  std::vector<std::int64_t> passed;
  bool throws = false;
  std::optional<KafkaSubscriber> subscriber;
};

}  // namespace

TEST_CASE("a subscriber of a topic takes its events, and passes over all else") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", event(0));
  cluster.write("t", std::nullopt, "deleted");
  cluster.write("t", R"({"a": "notice"})");
  cluster.write("t", "<html/>");
  cluster.write("t", event(1));
  Fixture fixture(cluster);
  CHECK(fixture.run() == Departure::stopped);
  CHECK(fixture.taken == "t[0]@0 ivo://a/b#0\nt[0]@4 ivo://a/b#1\n");
  CHECK(fixture.passed == std::vector<std::int64_t>{0, 2, 3, 4});
  CHECK(fixture.subscriber->has_all());
}

TEST_CASE("with raw, a subscriber takes the value of each message that has one, as it is") {
  const KafkaCluster cluster;
  cluster.create("t");
  const std::vector<std::string> values{event(0), R"({"format": "voevent", "content": {}})",
                                        std::string("\0\xff", 2), ""};
  for (const std::string& value : values)
    cluster.write("t", value);
  cluster.write("t", std::nullopt, "deleted");
  Fixture fixture(cluster);
  fixture.options.raw = true;
  CHECK(fixture.run() == Departure::stopped);
  CHECK(fixture.bytes == values);
  CHECK(fixture.passed == std::vector<std::int64_t>{0, 5});
}

TEST_CASE("a subscriber gives the key, headers and timestamp of a message where they are wanted") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", event(0), "k", {{"_format", "voevent"}});
  Fixture fixture(cluster);
  fixture.options.with_details = true;
  CHECK(fixture.run() == Departure::stopped);
  REQUIRE(fixture.details);
  CHECK(fixture.details->key == "k");
  REQUIRE(fixture.details->headers.size() == 1);
  CHECK(fixture.details->headers[0].first == "_format");
  CHECK(fixture.details->headers[0].second == "voevent");
  CHECK(fixture.details->timestamp > 1'700'000'000'000);
  Fixture without(cluster);
  CHECK(without.run() == Departure::stopped);
  CHECK(without.taken == "t[0]@0 ivo://a/b#0\n");
  CHECK_FALSE(without.details);
}

TEST_CASE("an event that could not be taken comes again, with all that follow it") {
  const KafkaCluster cluster;
  cluster.create("t");
  for (int i = 0; i < 3; ++i)
    cluster.write("t", event(i));
  Fixture fixture(cluster);
  fixture.throws = true;
  CHECK_THROWS_WITH(fixture.run(), "no");
  CHECK(fixture.taken == "t[0]@0 ivo://a/b#0\n");
  CHECK(fixture.run() == Departure::stopped);
  CHECK(fixture.taken == "t[0]@0 ivo://a/b#0\nt[0]@1 ivo://a/b#1\nt[0]@2 ivo://a/b#2\n");
}

TEST_CASE("a subscriber of a cluster that is not there says so") {
  const KafkaCluster cluster;
  Fixture fixture(cluster);
  fixture.options.consumer.endpoint.hosts = {"127.0.0.1:1"};  // where nobody listens
  fixture.options.consumer.reconnect = false;
  CHECK(fixture.run() == Departure::unreachable);
  CHECK(fixture.subscriber->state_text() == "never connected");
}

}  // namespace vtp::test
