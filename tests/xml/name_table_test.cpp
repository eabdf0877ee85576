#include "lib/xml/name_table.h"

#include <array>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("every name of a vocabulary is found by its text, and nothing else") {
  static constexpr std::array<std::string_view, 4> names = {"", "Who", "What", "Ohw"};
  static constexpr NameTable table{names};
  STATIC_REQUIRE(table.find("What") == static_cast<Name>(2));
  for (std::size_t i = 1; i < names.size(); ++i)
    CHECK(table.find(names[i]) == static_cast<Name>(i));
  for (const char* unknown : {"", "who", "Who ", "Wh", "Hwo"})
    CHECK(table.find(unknown) == Name::unknown);
}

TEST_CASE("a vocabulary of the largest size has room, a larger one is refused") {
  std::vector<std::string> texts = {""};
  while (texts.size() < largest_vocabulary)
    texts.push_back("name" + std::to_string(texts.size()));
  std::vector<std::string_view> names(texts.begin(), texts.end());
  const NameTable table{names};
  for (std::size_t i = 1; i < names.size(); ++i)
    REQUIRE(table.find(names[i]) == static_cast<Name>(i));
  CHECK(table.find("name") == Name::unknown);
  names.emplace_back("one too many");
  CHECK_THROWS_AS(NameTable{names}, std::invalid_argument);
}

}  // namespace vtp
