#include "lib/author/kafka_author.h"

#include "lib/voevent/event.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

struct Fixture {
  explicit Fixture(const std::string& hosts, AuthorOptions options = {})
      : producer(context.get_executor(),
                 producer_options(parse_kafka("kafka://" + hosts + "/events").value(), {}, options,
                                  1000),
                 diagnostics) {
    asio::co_spawn(context, producer.run(), unattended);
  }
  Answer submit(const std::string& event) {
    return run_to_end(context, author.submit(ivorn, event));
  }

  const std::string ivorn = "ivo://a/b#1";
  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  asio::io_context context;
  KafkaProducer producer;
  KafkaAuthor author{producer, "the topic", "us"};
};

}  // namespace

TEST_CASE("an event that the topic has is accepted") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts());
  CHECK(fixture.author.sends_ahead());
  const Answer answer = fixture.submit("<event/>");
  CHECK(answer.outcome == Outcome::accepted);
  CHECK(answer.broker == "the topic");
  CHECK(answer.reason.empty());
  const auto stored = cluster.read("events", 1);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].key == fixture.ivorn);
  CHECK(stored[0].value == "<event/>");
  CHECK(stored[0].headers.at("vtp-digest") == digest_of("<event/>").hex());
  CHECK(stored[0].headers.at("vtp-source") == "us");
}

TEST_CASE("an event that the topic does not take is refused") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts());
  const Answer answer = fixture.submit(std::string(100'000, 'x'));
  CHECK(answer.outcome == Outcome::refused);
  CHECK(answer.reason.find("large") != std::string::npos);
}

TEST_CASE("once stopped, an author of a topic sends nothing more") {
  const KafkaCluster cluster;
  Fixture fixture(cluster.hosts());
  fixture.author.stop();
  CHECK(fixture.submit("<event/>").outcome == Outcome::not_sent);
}

TEST_CASE("the time for an answer is that of the first try and of all retries") {
  const auto endpoint = parse_kafka("kafka://a/t").value();
  CHECK_FALSE(producer_options(endpoint, {}, {}, 1).waits_for_cluster);
  const auto options =
      producer_options(endpoint, {}, {.retry = std::chrono::milliseconds(60'000)}, 1);
  CHECK(options.waits_for_cluster);
  CHECK(options.timeout == std::chrono::milliseconds(80'000));
}

}  // namespace vtp::test
