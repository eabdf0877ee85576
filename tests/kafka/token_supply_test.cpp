#include "lib/kafka/token_supply.h"

#include "lib/kafka/kafka_producer.h"
#include "tests/kafka/scripted_server.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_cluster.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// What becomes of a message to a cluster that is signed in to with a token from this server. The
// cluster is the mock, which knows no signing in, so that it never has a client.
Delivery send_with_token_from(const std::string& url) {
  const test::KafkaCluster cluster;
  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  KafkaProducerOptions options;
  options.endpoint = parse_kafka("kafka://" + cluster.hosts() + "/t").value();
  options.properties =
      KafkaProperties::read({}, {"security.protocol=sasl_plaintext", "sasl.mechanism=OAUTHBEARER",
                                 "sasl.oauthbearer.method=oidc", "sasl.oauthbearer.client.id=id",
                                 "sasl.oauthbearer.client.secret=s3cret",
                                 "sasl.oauthbearer.token.endpoint.url=" + url})
          .value();
  asio::io_context context;
  KafkaProducer producer(context.get_executor(), options, diagnostics);
  asio::co_spawn(context, producer.run(), unattended);
  Delivery delivery = run_to_end(context, producer.send({"k", "v", {}}));
  producer.stop();
  context.restart();
  context.run_for(test_timeout);
  return delivery;
}

}  // namespace

TEST_CASE("a client asks for a token as soon as it is there") {
  const ScriptedServer server(
      {http_answer(200, R"({"access_token":"abc","token_type":"Bearer","expires_in":3600})")});
  CHECK(send_with_token_from(server.url()).how != Delivery::How::stored);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a client without a token says why there is none, and not the secret") {
  const ScriptedServer server(
      {http_answer(401, R"({"error":"invalid_client","error_description":"no s3cret"})")});
  const Delivery delivery = send_with_token_from(server.url());
  CHECK(delivery.how == Delivery::How::unknown);
  CHECK(delivery.reason.find("401") != std::string::npos);
  CHECK(delivery.reason.find("invalid_client") != std::string::npos);
  CHECK(delivery.reason.find("s3cret") == std::string::npos);
}

}  // namespace vtp
