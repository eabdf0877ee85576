#include "lib/cli/peers.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

// The brokers that these arguments name, separated by spaces.
std::string named(std::vector<const char*> arguments, const std::vector<std::string>& others) {
  const Program program{
      "tool", "", "", {{"h,host", "HOST", "", ""}, {"p,port", "PORT", "", ""}}, 1};
  arguments.insert(arguments.begin(), "tool");
  const CommandLine line(program, static_cast<int>(arguments.size()), arguments.data());
  std::string out;
  for (const PeerEndpoint& peer : peers_in(line, others, 8099))
    out += text_of(peer) + " ";
  return out;
}

}  // namespace

TEST_CASE("nobody named is localhost") { CHECK(named({}, {}) == "localhost:8099 "); }

TEST_CASE("a host, a port, or both name one broker") {
  CHECK(named({"-h", "a"}, {}) == "a:8099 ");
  CHECK(named({"-p", "9"}, {}) == "localhost:9 ");
  CHECK(named({"-h", "a", "-p", "9"}, {}) == "a:9 ");
}

TEST_CASE("others are beside it, or alone") {
  CHECK(named({}, {"b", "unix:/s"}) == "b:8099 unix:/s ");
  CHECK(named({"-h", "a"}, {"b:1"}) == "a:8099 b:1 ");
}

TEST_CASE("others may be topics") {
  CHECK(named({}, {"b", "kafka://c/t"}) == "b:8099 kafka://c:9092/t ");
  CHECK_THROWS_WITH(named({}, {"kafka://c"}),
                    "kafka://c: a topic is missing, as in kafka://HOST/TOPIC");
}

TEST_CASE("what names no broker is a usage error") {
  CHECK_THROWS_AS(named({}, {"8098"}), UsageError);
  CHECK_THROWS_AS(named({"-p", "x"}, {}), UsageError);
  CHECK_THROWS_WITH(named({"-p", "0"}, {}), "--port: nobody can be reached at port 0");
  CHECK_THROWS_WITH(named({"-h", "a", "-p", "0"}, {}), "--port: nobody can be reached at port 0");
  CHECK_THROWS_WITH(named({"-h", "http://a:1"}, {}),
                    "--host: http://a:1: an endpoint is not a URL; write HOST:PORT, as in a:1");
  CHECK_THROWS_WITH(named({}, {"/run/x"}),
                    "/run/x: write HOST:PORT, or unix:/run/x for a socket in the file system");
}

TEST_CASE("events come from brokers, from one of several with the same log, or from topics") {
  const Program program{
      "tool",
      "",
      "[ENDPOINT…]",
      {{"h,host", "HOST", "", ""}, {"p,port", "PORT", "", ""}, {"any", "", "", ""}},
      1};
  const auto named = [&program](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tool");
    const CommandLine line(program, static_cast<int>(arguments.size()), arguments.data());
    std::string out;
    for (const SourceEndpoint& source : sources_in(line, 8099))
      out += std::visit([](const auto& each) { return text_of(each); }, source) + " ";
    return out;
  };
  CHECK(named({}) == "localhost:8099 ");
  CHECK(named({"-p", "9"}) == "localhost:9 ");
  CHECK(named({"a", "kafka://b/t", "c|d:1|unix:/e"}) ==
        "a:8099 kafka://b:9092/t c:8099|d:1|unix:/e ");
  CHECK(named({"--any", "-h", "a", "b", "c:1"}) == "a:8099|b:8099|c:1 ");
  CHECK(named({"--any"}) == "localhost:8099 ");
  CHECK_THROWS_WITH(named({"a|"}), "a|: a broker is missing");
  CHECK_THROWS_WITH(named({"a|b|a:8099"}), "a|b|a:8099: a:8099 is named twice");
  CHECK_THROWS_WITH(named({"--any", "a", "b|a"}), "--any: a:8099 is named twice");
  CHECK_THROWS_WITH(named({"--any", "a", "kafka://b/t"}),
                    "--any is for brokers; a topic has all hosts of its cluster in one endpoint");
  CHECK_THROWS_AS(named({"a|kafka://b/t"}), UsageError);
}

TEST_CASE("destinations are brokers and single topics, each named once") {
  const Program program{"tool", "", "", {{"to", "ENDPOINT", "", "", Values::many}}, 1};
  const auto named = [&program](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "tool");
    const CommandLine line(program, static_cast<int>(arguments.size()), arguments.data());
    std::string out;
    for (const PeerEndpoint& peer : destinations_in(line, "to", 8098))
      out += text_of(peer) + " ";
    return out;
  };
  CHECK(named({}).empty());
  CHECK(named({"--to=a", "--to=kafka://b/t", "--to=kafka://b/u"}) ==
        "a:8098 kafka://b:9092/t kafka://b:9092/u ");
  CHECK_THROWS_WITH(named({"--to=a", "--to=b", "--to=a:8098"}), "--to=a:8098 is given twice");
  CHECK_THROWS_AS(named({"--to=kafka://b"}), UsageError);
  CHECK_THROWS_AS(named({"--to=kafka://b/t,u"}), UsageError);
}

}  // namespace vtp
