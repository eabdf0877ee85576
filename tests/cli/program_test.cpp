#include "lib/cli/program.h"

#include "tests/support/catch.h"

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

TEST_CASE("an option is found by any of its long names, and not by the short one") {
  const std::vector<Option> table{{"s,subscribe,remote", "ENDPOINT", "", ""},
                                  {"check", "", "", ""}};
  CHECK(find_option(table, "subscribe") == &table[0]);
  CHECK(find_option(table, "remote") == &table[0]);
  CHECK(find_option(table, "check") == &table[1]);
  for (const char* name : {"s", "", "chec", "subscribe,remote"})
    CHECK(find_option(table, name) == nullptr);
}

}  // namespace vtp
