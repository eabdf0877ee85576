#include "lib/xml/name_index.h"

#include <array>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a name is found by its address and by no other") {
  const std::array<char, largest_vocabulary> known_names{};
  NameIndex index;
  CHECK(index.find(&index) == Name::unknown);
  for (std::size_t i = 1; i < known_names.size(); ++i)
    index.add(&known_names[i], static_cast<Name>(i));
  for (std::size_t i = 1; i < known_names.size(); ++i)
    CHECK(index.find(&known_names[i]) == static_cast<Name>(i));
  CHECK(index.find(&known_names[0]) == Name::unknown);
  CHECK(index.find(nullptr) == Name::unknown);
}

}  // namespace vtp
