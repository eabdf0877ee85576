#include "lib/kafka/kafka_properties.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string file = folder.file("kafka.conf");

  Result<KafkaProperties> read(const std::string& text,
                               const std::vector<std::string>& given = {}) const {
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return KafkaProperties::read(file, given);
  }
};

}  // namespace

TEST_CASE(
    "properties of librdkafka come from a file and from the command line, which overrides it") {
  const Fixture fixture;
  const auto properties = fixture.read(
      "# as GCN prints it\n"
      "security.protocol = sasl_ssl\n"
      "sasl.mechanisms=PLAIN\n"
      "\n"
      "sasl.username=me\n",
      {"sasl.username=you", "client.id=a=b"});
  REQUIRE(properties);
  CHECK(properties->all() == std::map<std::string, std::string>{{"client.id", "a=b"},
                                                                {"sasl.mechanisms", "PLAIN"},
                                                                {"sasl.username", "you"},
                                                                {"security.protocol", "sasl_ssl"}});
  CHECK(properties->find("sasl.username") == "you");
  CHECK_FALSE(properties->find("sasl.password"));
  CHECK(properties->warnings().empty());
  CHECK(KafkaProperties::read({}, {}).value().all().empty());
}

TEST_CASE("what librdkafka does not take is a problem with its location") {
  const Fixture fixture;
  CHECK(fixture.read("client.id=x\nno.such=1\n").problem() ==
        fixture.file + ":2: No such configuration property: \"no.such\"");
  CHECK(fixture.read("", {"security.protocol=loud"}).problem() ==
        "-X: Invalid value \"loud\" for configuration property \"security.protocol\"");
  CHECK(fixture.read("client.id\n").problem() == fixture.file + ":1: expected NAME=VALUE");
  CHECK(fixture.read("", {"client.id"}).problem() == "-X: expected NAME=VALUE, not client.id");
  CHECK(KafkaProperties::read(fixture.folder.file("none"), {}).problem() ==
        fixture.folder.file("none") + ": No such file or directory");
}

TEST_CASE("the value of a secret is in no message") {
  const Fixture fixture;
  const auto problem = fixture.read("ssl.key.pem=hidden\n");
  CHECK((problem || problem.problem().find("hidden") == std::string::npos));
  CHECK(fixture.read("sasl.jaas.config=hidden\n").problem() ==
        fixture.file + ":1: sasl.jaas.config: librdkafka does not take the value");
  CHECK(is_secret("sasl.password"));
  CHECK(is_secret("sasl.oauthbearer.client.secret"));
  CHECK_FALSE(is_secret("sasl.username"));
  CHECK_FALSE(is_secret("sasl.oauthbearer.token.endpoint.url"));
}

TEST_CASE("a file with a secret that others can read is warned about") {
  const Fixture fixture;
  std::ofstream(fixture.file) << "sasl.password=hidden\n";
  std::filesystem::permissions(fixture.file, std::filesystem::perms(0644));
  const auto properties = KafkaProperties::read(fixture.file, {});
  REQUIRE(properties);
  CHECK(properties->warnings() ==
        std::vector<std::string>{
            fixture.file +
            " contains a secret, and other users can read it; type: chmod go= " + fixture.file});
  std::ofstream(fixture.file) << "sasl.username=me\n";
  CHECK(KafkaProperties::read(fixture.file, {}).value().warnings().empty());
}

TEST_CASE("the file of a key that others can read is warned about, and is a secret") {
  const Fixture fixture;
  const std::string key = fixture.folder.file("key");
  std::ofstream(key) << "hidden";
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  const auto properties = KafkaProperties::read({}, {"ssl.key.location=" + key});
  REQUIRE(properties);
  CHECK(properties->have_secrets());
  CHECK(properties->warnings() ==
        std::vector<std::string>{
            key + " contains a secret, and other users can read it; type: chmod go= " + key});
}

TEST_CASE("there is a secret among properties, or none") {
  CHECK(KafkaProperties::read({}, {"sasl.password=x"}).value().have_secrets());
  CHECK(KafkaProperties::read({}, {"sasl.oauthbearer.client.secret=x"}).value().have_secrets());
  CHECK_FALSE(KafkaProperties::read({}, {"sasl.username=x"}).value().have_secrets());
}

TEST_CASE("what is for fetching tokens is not for librdkafka") {
  const Fixture fixture;
  const std::string gcn =
      "security.protocol=sasl_ssl\n"
      "sasl.mechanisms=OAUTHBEARER\n"
      "sasl.oauthbearer.method=oidc\n"
      "sasl.oauthbearer.client.id=me\n"
      "sasl.oauthbearer.token.endpoint.url=https://auth.example/oauth2/token\n";
  const auto properties = fixture.read(gcn +
                                       "sasl.oauthbearer.client.secret=hidden\n"
                                       "sasl.oauthbearer.scope=gcn\n");
  REQUIRE(properties);
  CHECK(properties->all() == std::map<std::string, std::string>{{"sasl.mechanisms", "OAUTHBEARER"},
                                                                {"security.protocol", "sasl_ssl"}});
  const auto request = properties->token_request();
  REQUIRE(request);
  CHECK(request->client_id == "me");
  CHECK(request->client_secret == "hidden");
  CHECK(request->endpoint == "https://auth.example/oauth2/token");
  CHECK(request->scope == "gcn");
  CHECK(fixture.read(gcn).problem().find("sasl.oauthbearer.client.secret") != std::string::npos);
  CHECK_FALSE(fixture.read("sasl.mechanisms=OAUTHBEARER\n").value().token_request());
  CHECK(fixture.read("sasl.oauthbearer.method=OIDC\n").problem() ==
        fixture.file + ":1: sasl.oauthbearer.method is default or oidc");
}

TEST_CASE("what the programs must set themselves is left out, and said") {
  const Fixture fixture;
  const auto properties = fixture.read("acks=1\nclient.id=x\n", {"enable.auto.commit=true"});
  REQUIRE(properties);
  CHECK(properties->all().size() == 1);
  CHECK(properties->warnings() ==
        std::vector<std::string>{fixture.file + ":1: acks is ignored: this program sets it itself",
                                 "-X: enable.auto.commit is ignored: this program sets it itself"});
}

}  // namespace vtp
