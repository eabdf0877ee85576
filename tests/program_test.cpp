#include "lib/program.h"

#include "tests/catch.h"

namespace vtp {
namespace {

Names names(const std::string& text) { return names_of({text, "", "", ""}); }

}  // namespace

TEST_CASE("an option has at most one short name, and long ones, of which the first is its own") {
  using Many = std::vector<std::string>;
  CHECK(names("s,subscribe,remote").short_name == "s");
  CHECK(names("s,subscribe,remote").long_names == Many{"subscribe", "remote"});
  CHECK(names("allow,whitelist").short_name.empty());
  CHECK(names("allow,whitelist").long_names == Many{"allow", "whitelist"});
  CHECK(names("check").long_names == Many{"check"});
}

}  // namespace vtp
