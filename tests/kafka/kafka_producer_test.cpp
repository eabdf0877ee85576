#include "lib/kafka/kafka_producer.h"

#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

// A producer on a context of its own.
class Fixture {
 public:
  explicit Fixture(const std::string& hosts, KafkaProducerOptions options = {})
      : producer_(context_.get_executor(), at(hosts, std::move(options)), diagnostics_) {
    asio::co_spawn(context_, producer_.run(), unattended);
  }
  ~Fixture() {
    producer_.stop();
    context_.restart();
    context_.poll();
  }

  Delivery send(const OutgoingMessage& message) {
    return run_to_end(context_, producer_.send(message));
  }
  KafkaProducer& producer() { return producer_; }
  asio::io_context& context() { return context_; }

 private:
  static KafkaProducerOptions at(const std::string& hosts, KafkaProducerOptions options) {
    options.endpoint = parse_kafka_destination("kafka://" + hosts + "/events").value();
    return options;
  }

  const TestClock clock_;
  const Diagnostics diagnostics_{"test", LineStyle::tool, Level::error, clock_, /*fd=*/-1};
  asio::io_context context_;
  KafkaProducer producer_;
};

const OutgoingMessage message{"ivo://a/b#1", "<event/>", {{"_format", "voevent"}}};

// Where nobody listens.
const std::string nowhere = "127.0.0.1:1";

}  // namespace

TEST_CASE("a message is stored as it is, with its key and headers") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts());
  CHECK(fixture.send(message).how == Delivery::How::stored);
  const auto stored = cluster.read("events", 1);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].key == "ivo://a/b#1");
  CHECK(stored[0].value == "<event/>");
  CHECK(stored[0].headers == std::map<std::string, std::string>{{"_format", "voevent"}});
}

TEST_CASE("many messages wait at the same time, and keep their order") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts());
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i)
    keys.push_back(std::to_string(i));
  std::size_t stored = 0;
  for (const std::string& key : keys)
    asio::co_spawn(fixture.context(), fixture.producer().send({key, "v", {}}),
                   [&stored](const std::exception_ptr&, const Delivery& delivery) {
                     if (delivery.how == Delivery::How::stored) ++stored;
                   });
  CHECK(fixture.send({"last", "v", {}}).how == Delivery::How::stored);
  keys.emplace_back("last");
  CHECK(stored == 200);
  std::vector<std::string> read;
  for (const StoredMessage& each : cluster.read("events", keys.size()))
    read.push_back(each.key);
  CHECK(read == keys);
}

TEST_CASE("a message is tried again until the cluster stores it, and is stored once") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts());
  rd_kafka_mock_push_request_errors(
      cluster.mock(), produce_request, 3, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
  CHECK(fixture.send(message).how == Delivery::How::stored);
  CHECK(fixture.send({"next", "v", {}}).how == Delivery::How::stored);
  const auto stored = cluster.read("events", 2);
  REQUIRE(stored.size() == 2);
  CHECK(stored[1].key == "next");
}

TEST_CASE("what the cluster does not take is refused, with its reason") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts(), {.endpoint = {}, .properties = {}, .max_size = 1000});
  SECTION("by the broker") {
    rd_kafka_mock_push_request_errors(cluster.mock(), produce_request, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    const Delivery delivery = fixture.send(message);
    CHECK(delivery.how == Delivery::How::refused);
    CHECK(delivery.reason.find("too large") != std::string::npos);
    CHECK(fixture.send(message).how == Delivery::How::stored);
  }
  SECTION("by our own limit") {
    const std::string large(100'000, 'x');
    CHECK(fixture.send({"k", large, {}}).how == Delivery::How::refused);
    CHECK(fixture.send(message).how == Delivery::How::stored);
  }
  SECTION("since we may not write") {
    rd_kafka_mock_push_request_errors(cluster.mock(), produce_request, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    CHECK(fixture.send(message).how == Delivery::How::barred);
  }
}

TEST_CASE("messages that are refused together are sent again, each alone") {
  const KafkaCluster cluster;
  cluster.create("events");
  // Of the batch, and of the first message that is sent alone.
  rd_kafka_mock_push_request_errors(cluster.mock(), produce_request, 2,
                                    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  const std::vector<std::string> keys{"0", "1", "2", "3"};
  std::vector<Delivery::How> fates;
  Fixture fixture(cluster.hosts());
  for (const std::string& key : keys)
    asio::co_spawn(fixture.context(), fixture.producer().send({key, "v", {}}),
                   [&fates](const std::exception_ptr&, const Delivery& delivery) {
                     fates.push_back(delivery.how);
                   });
  const auto end = std::chrono::steady_clock::now() + test_timeout;
  while (fates.size() < keys.size() && std::chrono::steady_clock::now() < end)
    fixture.context().run_one_for(std::chrono::milliseconds(100));
  using enum Delivery::How;
  CHECK(fates == std::vector{refused, stored, stored, stored});
  std::vector<std::string> read;
  for (const StoredMessage& each : cluster.read("events", keys.size() - 1))
    read.push_back(each.key);
  CHECK(read == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE("messages fail once librdkafka has given up, until it begins anew") {
  const KafkaCluster cluster;
  cluster.create("events");
  const bool barred = GENERATE(true, false);
  const auto error = barred ? RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED
                            : RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT;
  const auto how = barred ? Delivery::How::barred : Delivery::How::lost;
  rd_kafka_mock_push_request_errors(cluster.mock(), init_producer_id_request, 2, error, error);
  Fixture fixture(cluster.hosts());
  const Delivery delivery = fixture.send(message);
  CHECK(delivery.how == how);
  CHECK_FALSE(delivery.reason.empty());
  CHECK(fixture.send(message).how == how);  // before it begins anew, or at the second attempt
  std::optional<Delivery> last;
  const auto end = std::chrono::steady_clock::now() + test_timeout;
  while ((!last || last->how == how) && std::chrono::steady_clock::now() < end) {
    fixture.context().run_for(std::chrono::milliseconds(10));
    last = fixture.send(message);
  }
  CHECK(last->how == Delivery::How::stored);
}

TEST_CASE("a message is lost once librdkafka has given up, before it has told so") {
  const KafkaCluster cluster;
  cluster.create("events");
  rd_kafka_mock_push_request_errors(cluster.mock(), init_producer_id_request, 1,
                                    RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT);
  std::optional<Delivery> first;
  asio::io_context senders;
  Fixture fixture(cluster.hosts());  // its context does not run: nothing is told
  const auto end = std::chrono::steady_clock::now() + test_timeout;
  while (!first && std::chrono::steady_clock::now() < end) {
    asio::co_spawn(senders, fixture.producer().send(message),
                   [&first](const std::exception_ptr&, const Delivery& it) { first = it; });
    senders.restart();
    senders.run_for(std::chrono::milliseconds(10));
  }
  REQUIRE(first);
  CHECK(first->how == Delivery::How::lost);
  CHECK_FALSE(first->reason.empty());
}

TEST_CASE("a cluster that cannot be reached is told at once, unless it is waited for") {
  Fixture fixture(nowhere);
  const Delivery delivery = fixture.send(message);
  CHECK(delivery.how == Delivery::How::unknown);
  CHECK(delivery.reason.find("refused") != std::string::npos);
}

TEST_CASE("a message without an answer is given up after the timeout") {
  Fixture fixture(nowhere, {.endpoint = {},
                            .properties = {},
                            .timeout = std::chrono::milliseconds(300),
                            .waits_for_cluster = true});
  CHECK(fixture.send(message).how == Delivery::How::unknown);
}

TEST_CASE("a cluster that goes away is waited for") {
  const KafkaCluster cluster;
  cluster.create("events");
  Fixture fixture(cluster.hosts(), {.endpoint = {}, .properties = {}, .waits_for_cluster = true});
  REQUIRE(fixture.send(message).how == Delivery::How::stored);
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  std::optional<Delivery> delivery;
  asio::co_spawn(fixture.context(), fixture.producer().send({"next", "v", {}}),
                 [&delivery](const std::exception_ptr&, const Delivery& it) { delivery = it; });
  fixture.context().run_for(std::chrono::milliseconds(200));
  CHECK_FALSE(delivery);
  rd_kafka_mock_broker_set_up(cluster.mock(), 1);
  CHECK(fixture.send({"last", "v", {}}).how == Delivery::How::stored);
  REQUIRE(delivery);
  CHECK(delivery->how == Delivery::How::stored);
}

TEST_CASE("who waits when the producer is stopped is told") {
  const KafkaCluster cluster;
  Fixture fixture(cluster.hosts(), {.endpoint = {},
                                    .properties = {},
                                    .timeout = std::chrono::milliseconds(0),
                                    .waits_for_cluster = true});
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  std::optional<Delivery> delivery;
  asio::co_spawn(fixture.context(), fixture.producer().send(message),
                 [&delivery](const std::exception_ptr&, const Delivery& it) { delivery = it; });
  fixture.context().run_for(std::chrono::milliseconds(20));
  fixture.producer().stop();
  fixture.context().restart();
  fixture.context().run_for(std::chrono::seconds(20));
  REQUIRE(delivery);
  CHECK(delivery->how == Delivery::How::unknown);
}

TEST_CASE("who waits to be sent alone when the producer is stopped is told") {
  const KafkaCluster cluster;
  cluster.create("events");
  constexpr int at_once = 0;
  constexpr int late = 60'000;  // ms
  // Of the batch, of the first message that is sent alone, and of the second.
  rd_kafka_mock_broker_push_request_error_rtts(
      cluster.mock(), 1, produce_request, 3, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, at_once,
      RD_KAFKA_RESP_ERR_NO_ERROR, at_once, RD_KAFKA_RESP_ERR_NO_ERROR, late);
  std::vector<Delivery::How> fates;
  Fixture fixture(cluster.hosts(), {.endpoint = {}, .properties = {}, .waits_for_cluster = true});
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(fixture.context(), fixture.producer().send(message),
                   [&fates](const std::exception_ptr&, const Delivery& delivery) {
                     fates.push_back(delivery.how);
                   });
  const auto wait_for_fates = [&](std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + test_timeout;
    fixture.context().restart();
    while (fates.size() < count && std::chrono::steady_clock::now() < end)
      fixture.context().run_one_for(std::chrono::milliseconds(100));
  };
  using enum Delivery::How;
  wait_for_fates(1);
  CHECK(fates == std::vector{stored});
  fixture.producer().stop();
  wait_for_fates(3);
  CHECK(fates == std::vector{stored, unknown, unknown});
}

TEST_CASE("a combination of properties that librdkafka refuses is one line") {
  KafkaProducerOptions options;
  options.properties =
      KafkaProperties::read({}, {"security.protocol=sasl_plaintext", "sasl.mechanism=PLAIN"})
          .value();
  CHECK_THROWS_WITH(Fixture("127.0.0.1:1", options), Catch::Matchers::StartsWith("kafka: "));
}

}  // namespace vtp::test
