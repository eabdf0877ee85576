#include "lib/cli/options.h"

#include <fcntl.h>
#include <fstream>
#include <unistd.h>
#include <vector>

#include "lib/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"

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
                       {"config", "FILE", "read options from a file", "", Values::many},
                       {"v,verbose", "", "say more", ""},
                       {"q,quiet", "", "say less", ""}},
                      3};

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  return CommandLine(program, static_cast<int>(arguments.size()), arguments.data());
}

// Parses a command line with the files of options that it is given the texts of, whose names are 1, 2…
// in a folder that messages call F.
CommandLine parse_files(const std::vector<std::string>& texts,
                        const std::vector<std::string>& others = {}) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments;
  for (const std::string& text : texts) {
    const std::string file = folder.file(std::to_string(arguments.size() + 1));
    std::ofstream(file) << text;
    arguments.push_back("--config=" + file);
  }
  arguments.insert(arguments.end(), others.begin(), others.end());
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(argument.c_str());
  try {
    return parse(pointers);
  } catch (const UsageError& error) {
    std::string message = error.what();
    if (const auto at = message.find(folder.file("")); at != std::string::npos)
      message.replace(at, folder.file("").size(), "F/");
    throw UsageError(message);
  }
}

int run(std::vector<const char*> arguments, const std::function<int(const CommandLine&)>& body) {
  arguments.insert(arguments.begin(), "tool");
  return run_program(program, static_cast<int>(arguments.size()), arguments.data(), body);
}

}  // namespace

TEST_CASE("a value may have any characters, also line breaks and dashes") {
  for (const char* value : {"a\nb", "\n", "-v\n", "a=b\nc=d", "-v", "a b"}) {
    CHECK(parse({(std::string("--host=") + value).c_str()}).text("host") == value);
    CHECK_FALSE(parse({(std::string("--host=") + value).c_str()}).has("verbose"));
    CHECK(parse({"-h", value}).text("host") == value);
  }
  CHECK(parse({"--", "--host=a\nb"}).operands() == std::vector<std::string>{"--host=a\nb"});
  CHECK_THROWS_AS(parse({"--none=a\nb"}), UsageError);
}

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
      "--timeout: x is not a number of seconds above 0 (ms, s, m, h, d and w may follow)");
}

TEST_CASE("what the table does not have is a usage error") {
  CHECK_THROWS_AS(parse({"--nonsense"}), UsageError);
  CHECK_THROWS_AS(parse({"-x"}), UsageError);
  CHECK_THROWS_AS(parse({"--host"}), UsageError);
  Program without_operands = program;
  without_operands.operands.clear();
  const char* arguments[] = {"tool", "-r", "file"};
  CHECK(CommandLine(without_operands, 3, arguments).text("receive") == "file");
  const char* alone[] = {"tool", "file"};
  CHECK_THROWS_WITH(CommandLine(without_operands, 2, alone),
                    "unexpected argument file; did you mean --config=file?");
  const char* behind[] = {"tool", "--", "file"};
  CHECK_THROWS_WITH(CommandLine(without_operands, 3, behind), "unexpected argument file");
}

TEST_CASE("how much is said depends on --quiet and --verbose, of which the later counts") {
  CHECK(level_in(parse({})) == Level::info);
  CHECK(level_in(parse({"-v"})) == Level::debug);
  CHECK(level_in(parse({"-q"})) == Level::warning);
  CHECK(level_in(parse({"-vq"})) == Level::warning);
  CHECK(level_in(parse({"-qv"})) == Level::debug);
  CHECK(level_in(parse({"-v", "-q", "--quiet=false"})) == Level::debug);
}

TEST_CASE("options stand in files as well, by any of their long names") {
  using Many = std::vector<std::string>;
  const auto line = parse_files({"host=a b\nreceive\nreceive=unix:/s\nwhitelist=::1\nverbose\n",
                                 "# more\nallow=10.0.0.0/8\nhost=c\n"});
  CHECK(line.text("host") == "c");
  CHECK(line.all("receive") == Many{"tcp:8098", "unix:/s"});
  CHECK(line.all("allow") == Many{"::1", "10.0.0.0/8"});
  CHECK(line.has("verbose"));
  CHECK_FALSE(parse_files({"verbose=false\n"}).has("verbose"));
  CHECK(parse_files({"verbose = true\n"}).has("verbose"));
}

TEST_CASE("what is on the command line is passed over in files, under whatever name") {
  using Many = std::vector<std::string>;
  const std::string file = "host=a\nreceive\nremote=b\nremote=c\nallow=::1\n";
  const auto line = parse_files({file, file}, {"-hx", "--subscribe=y", "--whitelist=::2"});
  CHECK(line.all("host") == Many{"x"});
  CHECK(line.all("subscribe") == Many{"y"});
  CHECK(line.all("allow") == Many{"::2"});
  CHECK(line.all("receive") == Many{"tcp:8098", "tcp:8098"});
}

TEST_CASE("the command line's --quiet or --verbose wins over a file's") {
  CHECK(level_in(parse_files({"quiet\nverbose\n"})) == Level::debug);
  CHECK(level_in(parse_files({"quiet\n"}, {"-v"})) == Level::debug);
  CHECK(level_in(parse_files({"verbose\n"}, {"-q"})) == Level::warning);
  CHECK(level_in(parse_files({"verbose\n", "quiet\n"}, {"--quiet=false"})) == Level::debug);
}

TEST_CASE("what a file may not say is a usage error with its line") {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      (void)parse_files({"\n", "# first\n" + text + "\n"});
    } catch (const UsageError& error) {
      return error.what();
    }
    return "taken";
  };
  CHECK(refusal("foo=1") == "F/2:2: unknown option foo");
  CHECK(refusal("h=a") == "F/2:2: unknown option h");
  CHECK(refusal("--host=a") == "F/2:2: unknown option --host; did you mean host?");
  CHECK(refusal("=a") == "F/2:2: unknown option =a");
  CHECK(refusal("\n" + std::string(999, 'x')) ==
        "F/2:3: unknown option " + std::string(64, 'x') + "…");
  CHECK(refusal("host") == "F/2:2: host needs a value, as in host=HOST");
  CHECK(refusal("remote =") == "F/2:2: remote needs a value, as in remote=ENDPOINT");
  CHECK(refusal("receive=") == "F/2:2: receive needs a value, as in receive=ENDPOINT");
  CHECK(refusal("quiet=yes") == "F/2:2: quiet must be true or false");
  CHECK(refusal("quiet=") == "F/2:2: quiet must be true or false");
  for (const std::string name : {"config", "completion", "help", "version"})
    CHECK(refusal(name + "=x") == "F/2:2: " + name + " is for the command line only");
}

TEST_CASE("all lines of files that are wrong are named") {
  const TemporaryFolder folder;
  const std::string one = folder.file("1"), two = folder.file("2");
  std::ofstream(one) << "hots=a\nhost=b\n";
  std::ofstream(two) << "quiet=x\nverbose=y\n";
  try {
    (void)parse({("--config=" + one).c_str(), ("--config=" + two).c_str()});
    FAIL("taken");
  } catch (const UsageError& error) {
    CHECK(error.what() == one + ":1: unknown option hots; did you mean host?");
    CHECK(error.others() == std::vector<std::string>{two + ":1: quiet must be true or false",
                                                     two + ":2: verbose must be true or false"});
  }
}

TEST_CASE("values that cannot be read are collected, when that is asked for") {
  auto line = parse({"--timeout=x", "--allow=1", "--allow=y", "--allow=2"});
  CHECK(line.problems().empty());
  CHECK_THROWS_AS(line.values("allow", parse_count), UsageError);
  line.collect_problems();
  CHECK(line.value("timeout", parse_count, std::size_t{7}) == 7);
  CHECK(line.values("allow", parse_count) == std::vector<std::size_t>{1, 2});
  CHECK(line.problems() ==
        std::vector<std::string>{"--timeout: x is not a number from 1 to 1000000000",
                                 "--allow: y is not a number from 1 to 1000000000"});
}

TEST_CASE("a command line is read again with its files as they are now") {
  const TemporaryFolder folder;
  const std::string file = folder.file("conf");
  const auto write = [&](const char* text) { std::ofstream(file) << text; };
  write("host=a\nallow=1\nquiet\n");
  const auto line = parse({("--config=" + file).c_str(), "--timeout=3"});
  CHECK(line.read_again().changed_since(line).empty());
  write("host=b\nallow=1\nallow=2\ntimeout=4\n");
  const auto again = line.read_again();
  CHECK(again.text("host") == "b");
  CHECK(again.text("timeout") == "3");
  CHECK(again.changed_since(line) == std::vector<std::string>{"host", "allow", "quiet"});
  write("nonsense\n");
  CHECK_THROWS_AS(line.read_again(), UsageError);
}

TEST_CASE("standard input is not read again") {
  const int before = dup(STDIN_FILENO);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  const auto line = parse({"--config=-"});
  CHECK_THROWS_WITH(line.read_again(), "--config=-: standard input cannot be read again");
  dup2(before, STDIN_FILENO);
  close(before);
  close(null);
}

TEST_CASE("what is not offered is taken, and not in the help") {
  const Program with_old{
      "tool",
      "",
      "",
      {{"new", "PORT", "the port", ""}, {"old", "PORT", "the same", "", Values::one, Offered::no}},
      1};
  const char* arguments[] = {"tool", "--old=1"};
  const CommandLine line(with_old, 2, arguments);
  CHECK(line.text("old") == "1");
  CHECK(line.help().find("--new") != std::string::npos);
  CHECK(line.help().find("--old") == std::string::npos);
}

TEST_CASE("a file of options that cannot be read is a usage error") {
  CHECK_THROWS_WITH(parse({"--config=/none/x"}), "--config: /none/x: No such file or directory");
  CHECK_THROWS_WITH(parse({"--config=/dev/zero"}),
                    "--config: /dev/zero: has more than 1048576 bytes");
}

TEST_CASE("a value in a file that cannot be read says where it stands") {
  const auto line = parse_files({"timeout=1\n\ntimeout=x\nremote=y\n"});
  const auto refuse = [](std::string_view text) -> Result<int> {
    return Problem{std::string(text) + " is wrong"};
  };
  CHECK_THROWS_WITH(line.value("timeout", refuse, 0),
                    Catch::Matchers::EndsWith("/1:3: timeout: x is wrong"));
  CHECK_THROWS_WITH(line.values("subscribe", refuse),
                    Catch::Matchers::EndsWith("/1:4: remote: y is wrong"));
  const auto both = parse_files({"timeout=x\n"}, {"--timeout=z"});
  CHECK_THROWS_WITH(both.value("timeout", refuse, 0), "--timeout: z is wrong");
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
  CHECK(run({"--completion=fish"}, [](const CommandLine&) { return 0; }) == 2);
  CHECK(run({"--nonsense"}, [](const CommandLine&) { return 0; }) == 2);
  CHECK(run({}, [](const CommandLine&) -> int { throw UsageError("no"); }) == 2);
  CHECK(run({}, [](const CommandLine&) -> int { throw std::runtime_error("no"); }) == 3);
}

}  // namespace vtp
