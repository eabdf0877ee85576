#include "lib/cli/completion.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

Program program_with(std::vector<Option> options, const std::string& operands = "") {
  return {"tool", "does one thing", operands, std::move(options)};
}

std::string bash(const Option& option) {
  return completion_script(program_with({option}), Shell::bash);
}

std::string zsh(const Option& option) {
  return completion_script(program_with({option}), Shell::zsh);
}

bool has(const std::string& script, const std::string& text) {
  return script.find(text) != std::string::npos;
}

bool has_line(const std::string& script, const std::string& line) {
  return has(script, "\n" + line + "\n");
}

}  // namespace

TEST_CASE("scripts are made for bash and zsh, each for the program's name") {
  CHECK(*parse_shell("bash") == Shell::bash);
  CHECK(*parse_shell("zsh") == Shell::zsh);
  CHECK(parse_shell("fish").problem() == "fish is not a supported shell; use bash or zsh");
  const Program program = program_with({});
  CHECK(has_line(completion_script(program, Shell::bash), "complete -F _tool tool"));
  CHECK(completion_script(program, Shell::zsh).starts_with("#compdef tool\n"));
}

TEST_CASE("bash: options that want a value end in =, and the standard ones are among them") {
  const Program program = program_with({{"s,subscribe,remote", "ENDPOINT", "", ""},
                                        {"r,receive", "ENDPOINT", "", "tcp:8098"},
                                        {"check", "", "", ""}},
                                       "[ENDPOINT…]");
  CHECK(has(completion_script(program, Shell::bash),
            "-W '--subscribe= --receive --receive= --check "
            "--completion= --help --version'"));
}

TEST_CASE("bash: a value is completed behind each of its option's names") {
  CHECK(has_line(bash({"f,file,input", "FILE", "", ""}),
                 "    -f | --file | --file= | --input | --input=) offer=(-f) ;;"));
  CHECK(has_line(bash({"save", "DIR", "", ""}), "    --save | --save=) offer=(-d) ;;"));
  CHECK(has(bash({"exec", "COMMAND", "", ""}), " offer=(-c) ;;"));
  CHECK(has(bash({"host", "HOST", "", ""}), " offer=(-A hostname) ;;"));
  CHECK(has(bash({"when", "always|never", "", ""}), " offer=(-W 'always never') ;;"));
  CHECK(has_line(bash({"keep", "DAYS", "", ""}), "    --keep | --keep=) ;;"));
}

TEST_CASE("bash: a value that may be left out is completed behind a = only") {
  CHECK(has_line(bash({"l,log", "FILE", "", "log"}), "    --log=) offer=(-f) ;;"));
}

TEST_CASE("zsh: an option has its help, and what it can be followed by") {
  CHECK(has_line(zsh({"host", "HOST", "the broker", ""}),
                 R"(    '(--host)--host=[the broker]:host:_hosts' \)"));
  CHECK(has_line(zsh({"f,file", "FILE", "an event", "", Values::many}),
                 R"(    '*-f+[an event]:file:_files' \
    '*--file=[an event]:file:_files' \)"));
  CHECK(has(zsh({"save", "DIR", "where to", ""}), ":dir:_files -/'"));
  CHECK(has(zsh({"exec", "COMMAND", "what", ""}), ":_command_names -e'"));
  CHECK(has(zsh({"when", "always|never", "", ""}), ":(always never)'"));
  CHECK(has(zsh({"keep", "DAYS", "how long", ""}), "]:days: '"));
  CHECK(has_line(zsh({"q,quiet", "", "say less", ""}), R"(    '(-q --quiet)-q[say less]' \
    '(-q --quiet)--quiet[say less]' \)"));
}

TEST_CASE("zsh: what is not offered again, and what nothing else goes with") {
  CHECK(has(zsh({"k,keep", "DAYS", "", ""}), "'(-k --keep)--keep="));
  CHECK(has(zsh({"k,keep", "DAYS", "", "", Values::many}), "'*--keep="));
  CHECK(has(zsh({"check", "", "", ""}), "'(- *)--help[print this help and exit]'"));
}

TEST_CASE("zsh: other names are completed behind, but not offered") {
  CHECK(has_line(zsh({"allow,whitelist", "CIDR", "whom", "", Values::many}),
                 R"(    '!*--whitelist=[whom]:cidr: ' \)"));
}

TEST_CASE("an option that is not offered is in neither script") {
  const Option option{"old-port", "PORT", "", "", Values::one, Offered::no};
  CHECK_FALSE(has(bash(option), "old-port"));
  CHECK_FALSE(has(zsh(option), "old-port"));
  CHECK(has(zsh({"allow", "CIDR", "", "", Values::list}), "'*--allow="));
}

TEST_CASE("zsh: a value that may be left out follows a =") {
  CHECK(has_line(zsh({"l,log", "FILE", "keep it", "log"}), R"(    '(-l --log)-l[keep it]' \
    '(-l --log)--log=-[keep it]::file:_files' \)"));
}

TEST_CASE("zsh: brackets, colons, quotes and backslashes in a help stay what they are") {
  CHECK(has_line(zsh({"to", "ENDPOINT", R"(it's [v6]:port, \ too)", ""}),
                 R"(    '(--to)--to=[it'\''s \[v6\]\:port, \\ too]:endpoint: ' \)"));
}

TEST_CASE("operands are completed where the program takes some") {
  const Program files = program_with({}, "[FILE…]"), places = program_with({}, "[ENDPOINT…]");
  CHECK(has_line(completion_script(files, Shell::bash), "    --) offer=(-f) ;;"));
  CHECK(has_line(completion_script(places, Shell::bash), "    --) offer=() ;;"));
  CHECK(has_line(completion_script(files, Shell::zsh), "    '*:file:_files'"));
  CHECK(
      has_line(completion_script(places, Shell::zsh), R"(    '*:endpoint:_guard "^-*" endpoint')"));
  CHECK(has_line(completion_script(program_with({}), Shell::zsh),
                 "    '(- *)--version[print the version and exit]'"));
}

}  // namespace vtp
