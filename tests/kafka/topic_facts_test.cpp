#include "lib/kafka/topic_facts.h"

#include "lib/kafka/kafka_client.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

// A client of that cluster.
class Fixture final : private KafkaListener {
 public:
  explicit Fixture(const KafkaCluster& cluster)
      : client_(context_.get_executor(), KafkaClient::Kind::consumer, {cluster.hosts()}, {}, {},
                {{"group.id", "test"}}, *this, diagnostics_) {}

  Result<TopicFacts> ask(const std::string& topic,
                         std::chrono::milliseconds timeout = test_timeout) {
    return ask_about_topic(client_.handle(), topic, timeout);
  }

 private:
  void trouble(int, const std::string&) override {}

  const TestClock clock_;
  const Diagnostics diagnostics_{"test", LineStyle::tool, Level::error, clock_, /*fd=*/-1};
  asio::io_context context_;
  KafkaClient client_;
};

}  // namespace

TEST_CASE("a cluster tells where a topic begins and ends, and which cluster it is") {
  const KafkaCluster cluster;
  cluster.create("t");
  Fixture fixture(cluster);
  const TopicFacts empty = fixture.ask("t").value();
  CHECK(empty.partitions == 1);
  CHECK(empty.replicas == 1);
  CHECK(empty.first == 0);
  CHECK(empty.end == 0);
  CHECK_FALSE(empty.cluster.empty());
  for (const char* value : {"a", "b", "c"})
    cluster.write("t", value);
  const TopicFacts full = fixture.ask("t").value();
  CHECK(full.first == 0);
  CHECK(full.end == 3);
  CHECK(full.cluster == empty.cluster);
  CHECK(full.settings.empty());  // which this cluster does not tell
  const KafkaCluster other;
  other.create("t");
  CHECK(Fixture(other).ask("t")->cluster != full.cluster);
}

TEST_CASE("a topic that is not there has no partitions") {
  const KafkaCluster cluster;  // which would make it
  rd_kafka_mock_topic_set_error(cluster.mock(), "t", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  CHECK(Fixture(cluster).ask("t")->partitions == 0);
}

TEST_CASE("a topic of several partitions has that many, and begins and ends as its first") {
  const KafkaCluster cluster;
  cluster.create("t", 3);
  cluster.write("t", "a");
  cluster.write("t", "b", "", {}, 1);
  cluster.write("t", "c", "", {}, 1);
  const TopicFacts facts = Fixture(cluster).ask("t").value();
  CHECK(facts.partitions == 3);
  CHECK(facts.end == 1);
}

TEST_CASE("a topic about which the cluster does not answer is a problem of one line") {
  const KafkaCluster cluster;
  cluster.create("t");
  Fixture fixture(cluster);
  SECTION("since it is away") {
    rd_kafka_mock_broker_set_down(cluster.mock(), 1);
    const auto facts = fixture.ask("t", std::chrono::milliseconds(200));
    REQUIRE_FALSE(facts);
    CHECK_FALSE(facts.problem().empty());
    CHECK(facts.problem().find('\n') == std::string::npos);
    rd_kafka_mock_broker_set_up(cluster.mock(), 1);
    CHECK(fixture.ask("t"));
  }
  SECTION("since we may not know") {
    rd_kafka_mock_topic_set_error(cluster.mock(), "t",
                                  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    CHECK(fixture.ask("t").problem() == "Broker: Topic authorization failed");
  }
}

}  // namespace vtp::test
