#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/voevent/test_event.h"
#include "tests/followers/forward_fixture.h"
#include "tests/support/kafka_cluster.h"

namespace vtp::test {
namespace {

struct Topic {
  explicit Topic(int partitions = 1) { cluster.create("events", partitions); }
  [[nodiscard]] std::string endpoint() const { return "kafka://" + cluster.hosts() + "/events"; }
  [[nodiscard]] std::vector<std::string> keys(std::size_t count) const {
    std::vector<std::string> keys;
    for (const StoredMessage& message : cluster.read("events", count))
      keys.push_back(message.key);
    return keys;
  }
  void refuse(rd_kafka_resp_err_t error, int requests = 1) const {
    for (int i = 0; i < requests; ++i)
      rd_kafka_mock_push_request_errors(cluster.mock(), produce_request, 1, error);
  }
  void set_up(bool up) const {
    if (up)
      rd_kafka_mock_broker_set_up(cluster.mock(), 1);
    else
      rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  }

  KafkaCluster cluster;
};

std::vector<std::string> ivorns(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i <= to; ++i)
    all.push_back(ivorn_of(i));
  return all;
}

}  // namespace

TEST_CASE("a forward to a topic sends what is accepted from its start on, in order") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.append(1, 2);
  fixture.start();
  fixture.append(3, 9);
  fixture.finish();
  CHECK(topic.keys(7) == ivorns(3, 9));
  const auto stored = topic.cluster.read("events", 1).at(0);
  CHECK(stored.value == valid_event(ivorn_of(3)));
  CHECK(stored.headers.at("vtp-digest") == event_of(3)->digest.hex());
  CHECK(stored.headers.at("_format") == "voevent");
  CHECK(stored.headers.at("vtp-source") == "us");
  CHECK(fixture.logged() == "test: Forwarding events to " + topic.endpoint() + "\n");
  CHECK(fixture.cursor() == Sequence{9});
}

TEST_CASE("a forward goes on in the next run where it stopped") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  fixture.append(1, 2);
  fixture.finish();
  fixture.restart_log();
  fixture.append(3, 4);
  fixture.start();
  fixture.append(5, 5);
  fixture.finish();
  CHECK(topic.keys(5) == ivorns(1, 5));
}

TEST_CASE("the broker's own test events are not forwarded") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.local_ivo = "ivo://a.b/broker";
  fixture.start();
  fixture.append(make_test_event("ivo://a.b/broker", fixture.clock.now()));
  fixture.append(1, 1);
  fixture.finish();
  CHECK(topic.keys(1) == ivorns(1, 1));
  CHECK(fixture.cursor() == Sequence{2});
}

TEST_CASE("what the topic has already is not sent again") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  TopicTail tail("events", /*trusts_sources=*/true);
  tail.found("events", event_of(2)->digest);
  fixture.start(&tail);
  fixture.append(event_of(1), "events[0]@1");
  fixture.append(2, 3);
  fixture.finish();
  CHECK(topic.keys(1) == ivorns(3, 3));
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("an event that is too large for the topic is passed over, and no other") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.destination.max_size = 1000;
  fixture.start();
  SECTION("by our own limit") {
    fixture.append(1, 2);
    fixture.append(event_of(3, 100'000));
    fixture.append(4, 5);
    fixture.finish();
    CHECK(fixture.logged_times("refuses it") == 1);
    CHECK(fixture.logged().find("VOEvent " + ivorn_of(3) + " is not forwarded to " +
                                topic.endpoint() + ", which refuses it: ") != std::string::npos);
    auto sent = ivorns(1, 5);
    sent.erase(sent.begin() + 2);
    CHECK(topic.keys(4) == sent);
  }
  SECTION("a batch that is too large is sent again, each of its events on its own") {
    topic.refuse(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    fixture.append(1, 5);
    fixture.finish();
    CHECK(fixture.logged_times("refuses it") == 0);
    auto sent = topic.keys(5);
    std::ranges::sort(sent);
    CHECK(sent == ivorns(1, 5));
  }
  CHECK(fixture.cursor() == Sequence{5});
}

TEST_CASE("a topic that we may not write to is tried again, with one line for each change") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  topic.refuse(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 2);
  fixture.append(1, 3);
  REQUIRE(fixture.says("Forwarding events to " + topic.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to " + topic.endpoint() + ": Broker: Topic") ==
        1);
  CHECK(topic.keys(3) == ivorns(1, 3));
  CHECK(fixture.cursor() == Sequence{3});
}

TEST_CASE("a topic that acknowledges nothing for a while is reported") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.options.patience = std::chrono::milliseconds(20);
  fixture.options.destination.kafka =
      KafkaProperties::read(std::nullopt, {"retry.backoff.ms=200"}).value();
  fixture.start();
  topic.refuse(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 3);
  fixture.append(1, 1);
  REQUIRE(fixture.says("Forwarding events to " + topic.endpoint() + " again"));
  fixture.finish();
  CHECK(fixture.logged_times("Cannot forward events to " + topic.endpoint() +
                             ": nothing was acknowledged for 0 s") == 1);
  CHECK(topic.keys(1) == ivorns(1, 1));
}

TEST_CASE("a cluster that is away is waited for, and misses nothing") {
  const Topic topic;
  Fixture fixture(topic.endpoint());
  fixture.start();
  fixture.append(1, 1);
  REQUIRE(fixture.says("Forwarding events to"));
  topic.set_up(false);
  fixture.append(2, 3);
  REQUIRE(fixture.says("cannot be reached"));
  SECTION("until it is back") {
    topic.set_up(true);
    REQUIRE(fixture.says("can be reached again"));
    fixture.append(4, 4);
    fixture.finish();
    CHECK(topic.keys(4) == ivorns(1, 4));
    CHECK(fixture.logged_times("cannot be reached") == 1);
  }
  SECTION("in the next run, since the end does not wait for it") {
    fixture.finish();
    CHECK(fixture.logged_times("not finished in time") == 0);
    CHECK(fixture.cursor() == Sequence{1});
    topic.set_up(true);
    fixture.start();
    fixture.finish();
    const auto sent = topic.keys(3);
    CHECK(sent == ivorns(1, 3));
  }
}

}  // namespace vtp::test
