#include "lib/cli/arguments.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

using Texts = std::vector<std::string>;

const std::vector<Option> options{{"h,host", "HOST", "", ""},
                                  {"r,receive", "ENDPOINT", "", "tcp:8098", Values::many},
                                  {"allow,whitelist", "CIDR", "", "", Values::list},
                                  {"config", "FILE", "", "", Values::many},
                                  {"v,verbose", "", "", ""}};
const Program daemon{"tool", "", "", options, 1};
const Program filter{"tool", "", "[FILE…]", options, 1};

Result<Texts> read(const Program& program, std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  const auto out = arguments_in(program, arguments);
  if (!out) return out;
  CHECK(out->front() == "tool");
  return Texts(out->begin() + 1, out->end());
}

std::string refused(std::vector<const char*> arguments) {
  const auto out = read(daemon, std::move(arguments));
  return out ? "taken" : out.problem();
}

}  // namespace

TEST_CASE("most arguments stay as they are") {
  const std::vector<const char*> arguments{"-vh",      "-r",  "--host", "--allow",
                                           "--host=a", "-ha", "-"};
  CHECK(*read(filter, arguments) == Texts(arguments.begin(), arguments.end()));
  CHECK(*read(filter, {"--", "--nonsense", "x"}) == Texts{"--", "--nonsense", "x"});
  CHECK(*read(filter, {"--help", "--version", "--completion=zsh"}) ==
        Texts{"--help", "--version", "--completion=zsh"});
  CHECK(*read(filter, {"--host"}) == Texts{"--host"});  // for the library to refuse
}

TEST_CASE("a value with a line break becomes an argument of its own") {
  CHECK(*read(filter, {"--host=a\nb"}) == Texts{"--host", "a\nb"});
}

TEST_CASE("several values may follow an option that takes a list") {
  CHECK(
      *read(daemon, {"--whitelist", "a", "b", "c", "-v", "--allow=d", "e"}) ==
      Texts{"--whitelist", "a", "--allow", "b", "--allow", "c", "-v", "--allow=d", "--allow", "e"});
  CHECK(*read(filter, {"--allow", "a", "b"}) == Texts{"--allow", "a", "b"});
  CHECK(refused({"--allow", "a", "-v", "b"}) == "unexpected argument b; did you mean --config=b?");
}

TEST_CASE("an unknown option is refused with what may have been meant") {
  CHECK(refused({"--nonsense"}) == "unknown option --nonsense");
  CHECK(refused({"--hots=a"}) == "unknown option --hots; did you mean --host?");
  CHECK(refused({"-x"}) == "unknown option -x");
  CHECK(refused({"-V"}) == "unknown option -V; did you mean --version?");
  CHECK(refused({"-vx"}) == "unknown option -x in -vx");
  CHECK(refused({"-r18098"}) == "unknown option -1 in -r18098; did you mean --receive=18098?");
  CHECK(refused({"-vr::1"}) == "unknown option -: in -vr::1; did you mean --receive=::1?");
  CHECK(read(filter, {"--nonsense"}).problem() == "unknown option --nonsense");
}

TEST_CASE("an argument that has no place is refused with what may have been meant") {
  CHECK(refused({"bad.conf"}) == "unexpected argument bad.conf; did you mean --config=bad.conf?");
  CHECK(refused({"-r", "1", "2"}) == "unexpected argument 2; did you mean --config=2?");
  CHECK(refused({"--receive=1", "2"}) == "unexpected argument 2; did you mean --config=2?");
}

}  // namespace vtp
