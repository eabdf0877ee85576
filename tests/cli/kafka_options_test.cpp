#include "lib/cli/kafka_options.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  const TestClock clock;
  Pipe said;
  Diagnostics diagnostics{"tool", LineStyle::tool, Level::warning, clock, said.writing()};
  Program program{"tool", "", "", {kafka_config_option(), kafka_property_option()}, 1};

  KafkaProperties properties(std::vector<const char*> arguments) const {
    arguments.insert(arguments.begin(), "tool");
    const CommandLine line(program, static_cast<int>(arguments.size()), arguments.data());
    return kafka_properties_in(line, diagnostics);
  }
};

}  // namespace

TEST_CASE("properties come from the file and from -X") {
  const TemporaryFolder folder;
  const std::string file = folder.file("kafka.conf");
  std::ofstream(file) << "client.id=a\nsasl.username=me\n";
  const Fixture fixture;
  const std::string option = "--kafka-config=" + file;
  CHECK(fixture.properties({option.c_str(), "-X", "client.id=b", "-X", "group.id=g"}).all() ==
        std::map<std::string, std::string>{
            {"client.id", "b"}, {"group.id", "g"}, {"sasl.username", "me"}});
}

TEST_CASE("a file of options with a secret that others can read is warned about, once") {
  const TemporaryFolder folder;
  const std::string file = folder.file("options");
  Fixture fixture;
  fixture.program.options.push_back({"config", "FILE", "", "", Values::many});
  const std::string option = "--config=" + file;
  std::ofstream(file) << "kafka-property = sasl.username=me\n";
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  static_cast<void>(fixture.properties({option.c_str()}));  // no secret
  std::ofstream(file, std::ios::app) << "kafka-property = sasl.password=hidden\n"
                                     << "kafka-property = ssl.key.password=hidden\n";
  static_cast<void>(fixture.properties({option.c_str()}));
  fixture.said.close_writing();
  CHECK(fixture.said.read_all() ==
        "tool: " + file +
            " contains a secret, and other users can read it; type: chmod go= " + file + "\n");
}

TEST_CASE("a bad property is a usage error") {
  const Fixture fixture;
  CHECK_THROWS_AS(fixture.properties({"-X", "no.such=1"}), UsageError);
  CHECK_THROWS_AS(fixture.properties({"--kafka-config=/none"}), UsageError);
}

}  // namespace vtp
