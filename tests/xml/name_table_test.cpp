#include "lib/xml/name_table.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("every known name is found by its text, and nothing else") {
  for (std::size_t i = 1; i < known_names.size(); ++i)
    CHECK(name_of(known_names[i]) == static_cast<Name>(i));
  for (const char* unknown : {"", "voevent", "VOEvent ", "VOEven", "VOEventt", "schemaLocation"})
    CHECK(name_of(unknown) == Name::unknown);
}

}  // namespace vtp
