#include "lib/cli/signature_options.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

const Program program{"tool",
                      "",
                      "",
                      {verify_option(),
                       keyring_option(),
                       verify_threads_option(),
                       {"verify-queue", "N", "", ""},
                       {"verify-timeout", "SECONDS", "", ""}},
                      1};

VerifierOptions options(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "tool");
  return verifier_options_in(
      CommandLine(program, static_cast<int>(arguments.size()), arguments.data()));
}

}  // namespace

TEST_CASE("no signature is looked at unless that is asked for") {
  const VerifierOptions made = options({});
  CHECK(made.verify == Verify::off);
  CHECK_FALSE(made.check.keyring);
  CHECK(made.threads >= 1);
  CHECK(made.threads <= 4);
  CHECK(made.most_waiting == 1024);
  CHECK(made.check.timeout == std::chrono::seconds(30));
}

TEST_CASE("what is asked for is taken") {
  const VerifierOptions made = options({"--verify=require", "--keyring=/keys", "--verify-threads=8",
                                        "--verify-queue=50", "--verify-timeout=2"});
  CHECK(made.verify == Verify::require);
  CHECK(made.check.keyring == "/keys");
  CHECK(made.threads == 8);
  CHECK(made.most_waiting == 50);
  CHECK(made.check.timeout == std::chrono::seconds(2));
  CHECK(options({"--verify", "log"}).verify == Verify::log);
}

TEST_CASE("bad values, and options without the one that they need, are usage errors") {
  CHECK_THROWS_WITH(options({"--verify=yes"}), "--verify: yes is not off, log or require");
  CHECK_THROWS_AS(options({"--verify=log", "--verify-threads=65"}), UsageError);
  CHECK_THROWS_AS(options({"--verify=log", "--verify-threads=0"}), UsageError);
  CHECK_THROWS_AS(options({"--verify=log", "--verify-queue=0"}), UsageError);
  CHECK_THROWS_AS(options({"--verify=log", "--verify-timeout=0"}), UsageError);
  CHECK_THROWS_AS(options({"--verify=log", "--keyring="}), UsageError);
  CHECK_THROWS_WITH(options({"--keyring=/keys"}),
                    "--keyring needs --verify=log or --verify=require");
  CHECK_THROWS_WITH(options({"--verify=off", "--verify-queue=3"}),
                    "--verify-queue needs --verify=log or --verify=require");
}

}  // namespace vtp
