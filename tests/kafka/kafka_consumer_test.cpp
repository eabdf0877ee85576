#include "lib/kafka/kafka_consumer.h"

#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

// A consumer on a context of its own.
class Fixture {
 public:
  Fixture(const KafkaCluster& cluster, const std::string& topics, KafkaConsumerOptions options = {})
      : Fixture(cluster.hosts(), topics, std::move(options)) {}
  Fixture(const std::string& hosts, const std::string& topics, KafkaConsumerOptions options)
      : consumer_(
            context_.get_executor(), at(hosts, topics, std::move(options)), diagnostics_,
            [this](const Partition& partition, std::int64_t offset) { begun_[partition] = offset; },
            [this](const Partition& partition, std::int64_t offset) {
              skipped_[partition] = offset;
            }) {
    asio::co_spawn(context_, consumer_.look(), unattended);
  }
  ~Fixture() {
    consumer_.stop();
    context_.restart();
    context_.run_for(test_timeout);
  }

  // Waits until partitions are read.
  void wait_for_partitions(std::size_t count) {
    const auto give_up = std::chrono::steady_clock::now() + test_timeout;
    while (begun_.size() < count && std::chrono::steady_clock::now() < give_up) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
    }
    REQUIRE(begun_.size() == count);
  }
  std::optional<KafkaMessage> next() { return run_to_end(context_, consumer_.next()); }
  // The values of so many messages, each with a space behind it.
  std::string values(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
      all += next().value().value.value_or("none") + " ";
    return all;
  }
  KafkaConsumer& consumer() { return consumer_; }
  void commit_rest() {
    run_to_end(context_, [](KafkaConsumer& consumer) -> asio::awaitable<bool> {
      co_await consumer.commit_rest();
      co_return true;
    }(consumer_));
  }
  const Offsets& begun() const { return begun_; }
  const Offsets& skipped() const { return skipped_; }

 private:
  static KafkaConsumerOptions at(const std::string& hosts, const std::string& topics,
                                 KafkaConsumerOptions options) {
    options.endpoint = parse_kafka("kafka://" + hosts + "/" + topics).value();
    options.look_every = std::chrono::milliseconds(50);
    return options;
  }

  const TestClock clock_;
  const Diagnostics diagnostics_{"test", LineStyle::tool, Level::error, clock_, /*fd=*/-1};
  asio::io_context context_;
  Offsets begun_;
  Offsets skipped_;
  KafkaConsumer consumer_;
};

KafkaConsumerOptions from(const std::string& topic, std::int64_t offset) {
  KafkaConsumerOptions options;
  options.begin_at[{topic, 0}] = offset;
  return options;
}

// Where nobody listens.
const std::string nowhere = "127.0.0.1:1";

}  // namespace

TEST_CASE("a consumer gets new messages, as they are") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "old");
  Fixture fixture(cluster, "t");
  fixture.wait_for_partitions(1);
  CHECK(fixture.begun().at({"t", 0}) == 1);
  cluster.write("t", "new", "key", {{"name", "value"}});
  const auto message = fixture.next();
  REQUIRE(message);
  CHECK(message->topic == "t");
  CHECK(message->partition == 0);
  CHECK(message->offset == 1);
  CHECK(message->value == "new");
  CHECK(message->key == "key");
  CHECK(message->headers == std::vector<KafkaHeader>{{"name", "value"}});
  CHECK(message->timestamp.value_or(0) > 0);
}

TEST_CASE("a consumer begins where it is told, in each partition") {
  const KafkaCluster cluster;
  cluster.create("t", 2);
  for (const char* value : {"a", "b", "c"}) {
    cluster.write("t", value, "", {}, 0);
    cluster.write("t", value, "", {}, 1);
  }
  KafkaConsumerOptions options = from("t", 2);
  options.begin_at[{"t", 1}] = 1;
  options.until_now = true;
  Fixture fixture(cluster, "t", options);
  std::map<std::int32_t, std::string> read;
  while (const auto message = fixture.next())
    read[message->partition] += message->value.value_or("");
  CHECK(read == std::map<std::int32_t, std::string>{{0, "c"}, {1, "bc"}});
  CHECK(fixture.consumer().has_all());
}

TEST_CASE("a partition without a cursor, where others have one, is read from its beginning") {
  const KafkaCluster cluster;
  cluster.create("old");
  cluster.create("new");
  cluster.write("old", "a");
  cluster.write("old", "b");
  cluster.write("new", "c");
  KafkaConsumerOptions options = from("old", 2);
  options.until_now = true;
  Fixture fixture(cluster, "old,new", options);
  CHECK(fixture.values(1) == "c ");
  CHECK_FALSE(fixture.next());
}

TEST_CASE("a topic that appears later is read from its beginning") {
  const KafkaCluster cluster;
  cluster.create("gcn.a");
  cluster.create("other");
  Fixture fixture(cluster, "^gcn\\.");
  fixture.wait_for_partitions(1);
  cluster.create("gcn.b");
  cluster.write("gcn.b", "first");
  cluster.write("other", "no");
  CHECK(fixture.values(1) == "first ");
  CHECK(fixture.begun().size() == 2);
}

// The mock knows no times, so that it has no messages since any.
TEST_CASE("where there are no messages since a time, new ones are read") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "a");
  KafkaConsumerOptions options;
  options.since = Time{};
  Fixture fixture(cluster, "t", options);
  fixture.wait_for_partitions(1);
  cluster.write("t", "b");
  CHECK(fixture.values(1) == "b ");
}

TEST_CASE("all messages until now may be none") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "a");
  KafkaConsumerOptions options;
  options.until_now = true;
  Fixture fixture(cluster, "t", options);
  CHECK_FALSE(fixture.next());
  CHECK(fixture.consumer().has_all());
}

TEST_CASE("a cluster that goes away and comes back loses nothing and repeats nothing") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "a");
  Fixture fixture(cluster, "t", from("t", 0));
  CHECK(fixture.values(1) == "a ");
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  rd_kafka_mock_broker_set_up(cluster.mock(), 1);
  cluster.write("t", "b");
  CHECK(fixture.values(1) == "b ");
}

TEST_CASE("a cursor beyond the end of a topic is not waited for") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "a");
  Fixture fixture(cluster, "t", from("t", 100));
  CHECK(fixture.values(1) == "a ");
}

TEST_CASE("a node that denies for a moment what was read makes nothing read again") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", "one");
  cluster.write("t", "two");
  Fixture fixture(cluster, "t", from("t", 0));
  REQUIRE(fixture.values(2) == "one two ");
  const std::array errors{RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE};
  rd_kafka_mock_push_request_errors_array(cluster.mock(), fetch_request, errors.size(),
                                          errors.data());
  cluster.write("t", "three");
  CHECK(fixture.values(1) == "three ");
}

TEST_CASE("where messages are no longer stored a consumer goes on, and tells where") {
  const KafkaCluster cluster;
  cluster.create("t");
  constexpr int messages = 8;  // more than the cluster keeps
  for (int i = 0; i < messages; ++i)
    cluster.write("t", std::string(900'000, 'x'));
  Fixture fixture(cluster, "t", from("t", 0));
  const auto message = fixture.next();
  REQUIRE(message);
  CHECK(message->offset > 0);
  CHECK(fixture.skipped() == Offsets{{{"t", 0}, message->offset}});
}

TEST_CASE("a cluster that cannot be reached ends a consumer that is not to reconnect") {
  KafkaConsumerOptions options;
  options.reconnect = false;
  Fixture fixture(nowhere, "t", options);
  CHECK_FALSE(fixture.next());
  CHECK(fixture.consumer().is_unreachable());
  CHECK(fixture.consumer().state_text() == "never connected");
}

TEST_CASE("a consumer that is stopped ends what waits for a message") {
  const KafkaCluster cluster;
  cluster.create("t");
  Fixture fixture(cluster, "t");
  fixture.wait_for_partitions(1);
  fixture.consumer().stop();
  CHECK_FALSE(fixture.next());
}

TEST_CASE("what has been processed is committed for the group that the properties name") {
  const KafkaCluster cluster;
  cluster.create("t");
  for (const char* value : {"a", "b", "c"})
    cluster.write("t", value);
  KafkaConsumerOptions options = from("t", 0);
  const bool named = GENERATE(true, false);
  if (named) options.properties = KafkaProperties::read(std::nullopt, {"group.id=ours"}).value();
  Fixture fixture(cluster, "t", options);
  CHECK(fixture.values(3) == "a b c ");
  fixture.consumer().processed({"t", 0}, 2);
  fixture.consumer().stop();
  fixture.commit_rest();
  if (named)
    CHECK(cluster.committed("ours", "t") == 2);
  else
    CHECK(cluster.committed("vtptools", "t") < 0);
}

TEST_CASE("a message without a value has none") {
  const KafkaCluster cluster;
  cluster.create("t");
  cluster.write("t", std::nullopt, "key");
  Fixture fixture(cluster, "t", from("t", 0));
  const auto message = fixture.next();
  REQUIRE(message);
  CHECK_FALSE(message->value);
  CHECK(message->key == "key");
}

}  // namespace vtp::test
