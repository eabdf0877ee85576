#include "lib/broker/shared_topic.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>

#include "lib/base/descriptor.h"
#include "lib/net/coroutine.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp::test {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr std::size_t max_size = 1'000'000;  // of an event

KafkaEndpoint endpoint(const std::string& hosts = "a.b:9092") {
  return parse_kafka_destination("kafka://" + hosts + "/log").value();
}

// A topic about which there is no doubt.
TopicFacts good_topic() {
  TopicFacts facts;
  facts.cluster = "cluster";
  facts.partitions = 1;
  facts.replicas = 3;
  facts.settings = {{"min.insync.replicas", "2"},
                    {"unclean.leader.election.enable", "false"},
                    {"cleanup.policy", "delete"},
                    {"max.message.bytes", "8000000"}};
  return facts;
}

std::vector<std::string> doubts_with(const std::string& name, const std::string& value) {
  TopicFacts facts = good_topic();
  facts.settings[name] = value;
  return doubts_about(facts, max_size);
}

// Asks about the topic "log".
struct Fixture {
  explicit Fixture(const KafkaCluster& cluster) : asked(endpoint(cluster.hosts())) {}

  asio::awaitable<void> ask() {
    const std::function<bool()> is_stopped = [this] { return stopped; };
    facts =
        co_await await_topic(context.get_executor(), asked, properties, diagnostics, is_stopped);
    has_ended = true;
  }
  void begin() { asio::co_spawn(context, ask(), unattended); }
  bool ends() {
    return comes_true(context, [this] { return has_ended; });
  }
  bool says(const std::string& text) {
    return comes_true(context, [&] { return said().find(text) != std::string::npos; });
  }
  [[nodiscard]] std::string said() const { return content(folder.file("log")); }

  const TemporaryFolder folder;
  const TestClock clock;
  const KafkaEndpoint asked;
  const KafkaProperties properties =
      KafkaProperties::read({}, {"reconnect.backoff.max.ms=100"}).value();
  const Descriptor log{::open(folder.file("log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log.get()};
  asio::io_context context;
  std::optional<TopicFacts> facts;
  bool has_ended = false;
  bool stopped = false;
};

}  // namespace

TEST_CASE("a topic of one partition is fit to be a shared log") {
  CHECK(unfitness_of(good_topic(), endpoint()).empty());
}

TEST_CASE("a topic that is unfit to be a shared log is told with what to type") {
  TopicFacts facts = good_topic();
  const std::string make =
      "kafka-topics.sh --bootstrap-server a.b:9092 --create --topic log --partitions 1 "
      "--replication-factor 3 --config min.insync.replicas=2 ";
  SECTION("one that is not there") {
    const std::string why = unfitness_of(TopicFacts(), endpoint());
    CHECK(why.starts_with("kafka://a.b:9092/log: there is no topic log; create it with: " + make));
    CHECK(why.find('\n') == std::string::npos);
  }
  SECTION("one of several partitions") {
    facts.partitions = 2;
    const std::string why = unfitness_of(facts, endpoint());
    CHECK_THAT(why,
               ContainsSubstring("the topic log has 2 partitions, which have no common order"));
    CHECK_THAT(why, ContainsSubstring(make));
    CHECK(why.find('\n') == std::string::npos);
  }
  SECTION("where the hosts are in a file") {
    const auto without_hosts = parse_kafka_destination("kafka:///log").value();
    CHECK_THAT(unfitness_of(TopicFacts(), without_hosts),
               ContainsSubstring("--bootstrap-server HOST --create --topic log "));
  }
}

TEST_CASE("about a topic with good settings there is no doubt, nor about settings not told") {
  CHECK(doubts_about(good_topic(), max_size).empty());
  TopicFacts facts = good_topic();
  facts.settings.clear();
  CHECK(doubts_about(facts, max_size).empty());
  facts.settings["min.insync.replicas"] = "";
  facts.settings["max.message.bytes"] = "many";
  CHECK(doubts_about(facts, max_size).empty());
}

TEST_CASE("each setting that may lose an event is a doubt") {
  TopicFacts facts = good_topic();
  facts.replicas = 2;
  CHECK(doubts_about(facts, max_size).empty());
  facts.replicas = 1;
  CHECK(doubts_about(facts, max_size) ==
        std::vector<std::string>{
            "has 1 replica: acknowledged events are lost with the disk of one node"});
  CHECK(doubts_with("min.insync.replicas", "1") ==
        std::vector<std::string>{"has min.insync.replicas=1: an event may be acknowledged while "
                                 "one node alone has it"});
  CHECK(doubts_with("unclean.leader.election.enable", "true") ==
        std::vector<std::string>{"has unclean.leader.election.enable=true: acknowledged events may "
                                 "be lost when nodes fail"});
  for (const char* policy : {"compact", "compact,delete", "delete,compact"})
    CHECK(doubts_with("cleanup.policy", policy).size() == 1);
}

TEST_CASE("a topic that takes smaller messages than events may be is a doubt") {
  CHECK(doubts_with("max.message.bytes", "1065536").empty());  // room for headers, too
  const auto doubts = doubts_with("max.message.bytes", "1065535");
  REQUIRE(doubts.size() == 1);
  CHECK(doubts[0] ==
        "has max.message.bytes=1065535: larger events cannot be stored; set it to 1065536, or "
        "--max-size");
}

TEST_CASE("every doubt is told") {
  TopicFacts facts = good_topic();
  facts.replicas = 1;
  facts.settings = {{"min.insync.replicas", "1"},
                    {"unclean.leader.election.enable", "true"},
                    {"cleanup.policy", "compact"},
                    {"max.message.bytes", "1000"}};
  const auto doubts = doubts_about(facts, max_size);
  CHECK(doubts.size() == 5);
  CHECK(std::ranges::none_of(
      doubts, [](const std::string& each) { return each.find('\n') != std::string::npos; }));
}

TEST_CASE("a cluster that is there is asked about the topic") {
  const KafkaCluster cluster;
  cluster.create("log", 2);
  Fixture fixture(cluster);
  fixture.begin();
  REQUIRE(fixture.ends());
  REQUIRE(fixture.facts);
  CHECK(fixture.facts->partitions == 2);
  CHECK(fixture.said().empty());
}

TEST_CASE("a cluster that is away is waited for, and that is said once") {
  const KafkaCluster cluster;
  cluster.create("log");
  rd_kafka_mock_broker_set_down(cluster.mock(), 1);
  Fixture fixture(cluster);
  const std::string name = text_of(fixture.asked);
  fixture.begin();
  CHECK(fixture.says(name + " cannot be reached: "));
  CHECK_FALSE(fixture.has_ended);
  SECTION("until it comes back") {
    rd_kafka_mock_broker_set_up(cluster.mock(), 1);
    REQUIRE(fixture.ends());
    REQUIRE(fixture.facts);
    CHECK(fixture.facts->partitions == 1);
    CHECK(fixture.said().ends_with("test: " + name + " can be reached again\n"));
    CHECK(std::ranges::count(fixture.said(), '\n') == 2);
  }
  SECTION("until the broker stops") {
    fixture.stopped = true;
    REQUIRE(fixture.ends());
    CHECK_FALSE(fixture.facts);
    CHECK(std::ranges::count(fixture.said(), '\n') == 1);
  }
}

}  // namespace vtp::test
