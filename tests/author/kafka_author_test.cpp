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
                 diagnostics),
        author(producer, "the topic", "us", options.retry) {
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
  KafkaAuthor author;
};

// With this cluster librdkafka gives up so often.
void let_give_up(const KafkaCluster& cluster, int times) {
  for (int i = 0; i < times; ++i)
    rd_kafka_mock_push_request_errors(cluster.mock(), init_producer_id_request, 1,
                                      RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT);
}

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

TEST_CASE("an event is sent again after librdkafka has given up, if there is a retry") {
  const KafkaCluster cluster;
  cluster.create("events");
  let_give_up(cluster, 2);
  const bool retry = GENERATE(true, false);
  Fixture fixture(cluster.hosts(), {.retry = std::chrono::seconds(retry ? 60 : 0)});
  const Answer answer = fixture.submit("<event/>");
  CHECK(answer.outcome == (retry ? Outcome::accepted : Outcome::no_answer));
  CHECK(answer.reason.empty() == retry);
}

TEST_CASE("an author of a topic that is stopped does not wait until it can send again") {
  const KafkaCluster cluster;
  let_give_up(cluster, 100);
  Fixture fixture(cluster.hosts(), {.retry = std::chrono::hours(1)});
  KafkaAuthor other(fixture.producer, "the topic", "us", {});
  for (int i = 0; i < 2; ++i)  // after which there is a pause
    CHECK(run_to_end(fixture.context, other.submit(fixture.ivorn, "<event/>")).outcome ==
          Outcome::no_answer);
  std::optional<Answer> answer;
  const std::string event = "<event/>";
  asio::co_spawn(fixture.context, fixture.author.submit(fixture.ivorn, event),
                 [&answer](const std::exception_ptr&, const Answer& it) { answer = it; });
  fixture.context.poll();
  CHECK_FALSE(answer);
  fixture.author.stop();
  fixture.context.poll();
  REQUIRE(answer);
  CHECK(answer->outcome != Outcome::accepted);
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
