#include "lib/broker/check_config.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

const Program program{"tool",
                      "",
                      "",
                      {{"receive", "ENDPOINT", "", "tcp:8098", Values::many},
                       {"receive-allow", "CIDR", "", "", Values::list},
                       {"subscribe", "ENDPOINT", "", "", Values::many},
                       {"filter", "XPATH", "", "", Values::many},
                       {"cmd", "COMMAND", "", "", Values::many},
                       {"save-event", "", "", ""},
                       {"eventdb", "FILE", "", ""},
                       {"keep", "DAYS", "", ""}},
                      1};

CommandLine line_of(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  return {program, static_cast<int>(arguments.size()), arguments.data()};
}

CheckedConfig checked(const BrokerOptions& options, std::vector<const char*> arguments = {}) {
  const CommandLine line = line_of(std::move(arguments));
  return check_config(line, options, AllowLists::in(line));
}

bool has_line(const CheckedConfig& config, const std::string& line) {
  return ("\n" + config.text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("the settings that count are told, given or by default") {
  const TemporaryFolder folder;
  BrokerOptions options;
  options.receiver.local_ivo = "ivo://test/broker";
  options.receive = {TcpEndpoint{"", 8098}, TcpEndpoint{"localhost", 1}, TcpEndpoint{"::1", 2}};
  options.event_db = folder.file("a/b.db");
  options.sync = Sync::normal;
  const CheckedConfig config = checked(options, {"--filter=//a", "--filter=//b", "--cmd=one\ntwo",
                                                 "--save-event", "--receive-allow=192.0.2.0/24"});
  CHECK(config.problems.empty());
  CHECK(config.warnings.empty());
  for (const std::string& line : std::vector<std::string>{
           "local-ivo = ivo://test/broker", "receive = tcp:8098", "receive = localhost:1",
           "receive = [::1]:2", "receive-allow = 192.0.2.0/24", "author-timeout = 20",
           "eventdb = " + options.event_db, "# will be created", "keep = 30", "sync = normal",
           "filter = //a", "filter = //b", "cmd = one\\ntwo", "save-event"}) {
    INFO(line);
    CHECK(has_line(config, line));
  }
  CHECK(config.text.find("# localhost (127.0.0.1") != std::string::npos);
  CHECK(config.text.find("broadcast") == std::string::npos);
  CHECK(std::filesystem::is_empty(folder.file("")));
}

TEST_CASE("what the broker could not start with is a problem, and what it tries again a warning") {
  const TemporaryFolder folder;
  BrokerOptions options;
  options.event_db = folder.file("x.db");
  options.receive = {TcpEndpoint{"name.invalid", 1}, UnixEndpoint{folder.file("none/s")}};
  options.upstreams.resize(1);
  options.upstreams[0].brokers = {TcpEndpoint{"name.invalid", 8099}};
  const CheckedConfig config = checked(options, {"--receive-allow=name.invalid"});
  REQUIRE(config.problems.size() == 2);
  CHECK(config.problems[0] == "--receive: cannot resolve name.invalid");
  CHECK(config.problems[1] == "--receive: " + folder.file("none") + ": No such file or directory");
  REQUIRE(config.warnings.size() == 2);
  CHECK(config.warnings[0].starts_with("--receive-allow: cannot resolve name.invalid: "));
  CHECK(config.warnings[1] == "--subscribe: cannot resolve name.invalid");
}

TEST_CASE("a database that is there, or cannot be, is told") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("x.db")) << "12345";
  BrokerOptions options;
  options.event_db = folder.file("x.db");
  CHECK(has_line(checked(options), "# exists, with 5 bytes"));
  options.event_db = folder.file("x.db/y.db");
  CHECK(checked(options).problems ==
        std::vector<std::string>{"--eventdb: " + folder.file("x.db") + " is not a folder"});
  options.event_db = "/dev/null";
  CHECK(checked(options).problems ==
        std::vector<std::string>{"--eventdb: /dev/null is not a file"});
}

}  // namespace vtp
