#include "lib/options.h"

#include <vector>

#include "lib/text.h"
#include "tests/catch.h"

namespace vtp {
namespace {

const Program program{"tool",
                      "does one thing",
                      "[FILE…]",
                      {{"h,host", "HOST", "the broker", ""},
                       {"allow,whitelist", "CIDR", "whom to let in", "", Values::many},
                       {"r,receive", "ENDPOINT", "listen", "tcp:8098", Values::many},
                       {"s,subscribe,remote", "ENDPOINT", "whom to hear", "", Values::many},
                       {"timeout", "SECONDS", "patience", ""},
                       {"v,verbose", "", "say more", ""},
                       {"q,quiet", "", "say less", ""}},
                      3};

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  return CommandLine(program, static_cast<int>(arguments.size()), arguments.data());
}

int run(std::vector<const char*> arguments, const std::function<int(const CommandLine&)>& body) {
  arguments.insert(arguments.begin(), "tool");
  return run_program(program, static_cast<int>(arguments.size()), arguments.data(), body);
}

}  // namespace

TEST_CASE("an option has a short name, a long one, and may have others") {
  CHECK(parse({"-h", "a"}).text("host") == "a");
  CHECK(parse({"-ha"}).text("host") == "a");
  CHECK(parse({"--host", "a"}).text("host") == "a");
  CHECK(parse({"--host=a"}).text("host") == "a");
  CHECK(parse({"--whitelist=::1"}).all("allow") == std::vector<std::string>{"::1"});
  CHECK(parse({"-sa", "--subscribe=b", "--remote=c"}).all("subscribe") ==
        std::vector<std::string>{"a", "b", "c"});
  CHECK_FALSE(parse({}).text("host"));
}

TEST_CASE("an option given twice counts the last time, or each time") {
  const auto line = parse({"--allow=::1", "--allow", "10.0.0.0/8,x"});
  CHECK(line.text("allow") == "10.0.0.0/8,x");
  CHECK(line.all("allow") == std::vector<std::string>{"::1", "10.0.0.0/8,x"});
}

TEST_CASE("an option with an implied value needs none") {
  CHECK(parse({"-r"}).text("receive") == "tcp:8098");
  CHECK(parse({"--receive=unix:/s", "-r"}).all("receive") ==
        std::vector<std::string>{"unix:/s", "tcp:8098"});
}

TEST_CASE("flags are there or not, and can be given together") {
  CHECK(parse({"-rv"}).has("verbose"));
  CHECK_FALSE(parse({"-r"}).has("verbose"));
}

TEST_CASE("operands keep their order; - is one, and so is all that follows --") {
  CHECK(parse({"a", "-v", "-", "--", "-b"}).operands() == std::vector<std::string>{"a", "-", "-b"});
}

TEST_CASE("values are read, or refused by the option's name") {
  CHECK(parse({"--timeout=0.5"}).value("timeout", parse_seconds, std::chrono::milliseconds(7)) ==
        std::chrono::milliseconds(500));
  CHECK(parse({}).value("timeout", parse_seconds, std::chrono::milliseconds(7)) ==
        std::chrono::milliseconds(7));
  CHECK_THROWS_WITH(
      parse({"--timeout=x"}).value("timeout", parse_seconds, std::chrono::milliseconds(7)),
      "--timeout: x is not a number of seconds above 0");
}

TEST_CASE("what the table does not have is a usage error") {
  CHECK_THROWS_AS(parse({"--nonsense"}), UsageError);
  CHECK_THROWS_AS(parse({"-x"}), UsageError);
  CHECK_THROWS_AS(parse({"--host"}), UsageError);
  Program without_operands = program;
  without_operands.operands.clear();
  const char* arguments[] = {"tool", "file"};
  CHECK_THROWS_WITH(
      CommandLine(without_operands, 2, arguments),
      "unexpected argument file; a value for --receive follows a =, as in --receive=tcp:8098");
}

TEST_CASE("how much is said depends on --quiet and --verbose, of which the later counts") {
  CHECK(level_in(parse({})) == Level::info);
  CHECK(level_in(parse({"-v"})) == Level::debug);
  CHECK(level_in(parse({"-q"})) == Level::warning);
  CHECK(level_in(parse({"-vq"})) == Level::warning);
  CHECK(level_in(parse({"-qv"})) == Level::debug);
  CHECK(level_in(parse({"-v", "-q", "--quiet=false"})) == Level::debug);
}

TEST_CASE("the help names every option and its value") {
  const std::string help = parse({}).help();
  INFO(help);
  for (const char* word :
       {"-h, --host HOST", "-s, --subscribe ENDPOINT", "the broker\n",
        "whom to let in; may be repeated", "[=ENDPOINT(=tcp:8098)]", "--version", "[FILE…]"})
    CHECK(help.find(word) != std::string::npos);
}

TEST_CASE("the exit status says what stopped the program") {
  CHECK(run({}, [](const CommandLine&) { return 0; }) == 0);
  CHECK(run({}, [](const CommandLine&) { return 1; }) == 1);
  CHECK(run({"--nonsense"}, [](const CommandLine&) { return 0; }) == 2);
  CHECK(run({}, [](const CommandLine&) -> int { throw UsageError("no"); }) == 2);
  CHECK(run({}, [](const CommandLine&) -> int { throw std::runtime_error("no"); }) == 3);
}

}  // namespace vtp
