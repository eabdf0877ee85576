#include "lib/kafka/kafka_endpoint.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string problem_of(std::string_view text) {
  const auto endpoint = parse_kafka(text);
  return endpoint ? "" : endpoint.problem();
}

}  // namespace

TEST_CASE("a Kafka endpoint has hosts and topics") {
  CHECK(parse_kafka("kafka://a.example/t").value() == KafkaEndpoint{{"a.example:9092"}, {"t"}});
  CHECK(parse_kafka("kafka://a:1,[::1]:2,b/t,^gcn\\.classic\\.voevent\\.").value() ==
        KafkaEndpoint{{"a:1", "[::1]:2", "b:9092"}, {"t", "^gcn\\.classic\\.voevent\\."}});
  CHECK(parse_kafka("KAFKA:///t").value() == KafkaEndpoint{{}, {"t"}});
}

TEST_CASE("a Kafka endpoint as text is the same endpoint") {
  for (const char* text : {"kafka://a:9092,[::1]:2/t,^u.*", "kafka:///t"})
    CHECK(text_of(parse_kafka(text).value()) == text);
  CHECK(text_of(PeerEndpoint{KafkaEndpoint{{"a:1"}, {"t"}}}) == "kafka://a:1/t");
  CHECK(text_of(PeerEndpoint{Endpoint{TcpEndpoint{"a", 1}}}) == "a:1");
}

TEST_CASE("what is meant as a Kafka endpoint is told from other endpoints") {
  CHECK(is_kafka("kafka://a/t"));
  CHECK(is_kafka("kafka:"));
  CHECK_FALSE(is_kafka("kafka"));
  CHECK_FALSE(is_kafka("kafka.example"));
  CHECK_FALSE(is_kafka(""));
}

TEST_CASE("a bad Kafka endpoint is one line that says why") {
  CHECK(problem_of("kafka:a/t") == "kafka:a/t: expected kafka://HOST[:PORT][,…]/TOPIC[,…]");
  CHECK(problem_of("kafka://a") == "kafka://a: a topic is missing, as in kafka://HOST/TOPIC");
  CHECK(problem_of("kafka://a/") == "kafka://a/: a topic is missing, as in kafka://HOST/TOPIC");
  CHECK(problem_of("kafka://a/t,").find("a topic is missing") != std::string::npos);
  CHECK(problem_of("kafka://a/t/u") == "kafka://a/t/u: t/u is not the name of a topic");
  CHECK(problem_of("kafka://a/..").find("not the name of a topic") != std::string::npos);
  CHECK(problem_of("kafka://a/" + std::string(250, 't')).find("not the name of a topic") !=
        std::string::npos);
  CHECK(problem_of("kafka://a/^t(") == "kafka://a/^t(: ^t( is not a regular expression");
  CHECK(problem_of("kafka://me@a/t").find("sasl.username=USER") != std::string::npos);
  CHECK(problem_of("kafka://a:x/t").starts_with("kafka://a:x/t: x"));
  CHECK(problem_of("kafka://unix:/a/t").find("unix:") != std::string::npos);
  CHECK(problem_of("kafka://a,/t").find("the host is missing") != std::string::npos);
  CHECK(problem_of("kafka://a/t\n") == "kafka://a/t\\n: contains a character that no endpoint has");
}

TEST_CASE("a Kafka endpoint knows which topics it may have") {
  const KafkaEndpoint endpoint = parse_kafka("kafka://a/t,^u").value();
  CHECK(endpoint.may_have("t"));
  CHECK(endpoint.may_have("ux"));
  CHECK_FALSE(endpoint.may_have("tx"));
}

TEST_CASE("events are sent to one topic") {
  CHECK(parse_kafka_destination("kafka://a/t"));
  CHECK(parse_kafka_destination("kafka://a/t,u").problem() ==
        "kafka://a/t,u: events are sent to one topic, which is named");
  CHECK_FALSE(parse_kafka_destination("kafka://a/^t"));
  CHECK_FALSE(parse_kafka_destination("kafka://a"));
}

TEST_CASE("endpoints with a host in common are on one cluster") {
  const auto at = [](const std::string& hosts) {
    return parse_kafka("kafka://" + hosts + "/t").value();
  };
  CHECK(are_on_one_cluster(at("a,b"), at("c,a:9092")));
  CHECK(are_on_one_cluster(at(""), at("")));
  CHECK_FALSE(are_on_one_cluster(at("a"), at("a:1")));
  CHECK_FALSE(are_on_one_cluster(at("a"), at("")));
}

}  // namespace vtp
