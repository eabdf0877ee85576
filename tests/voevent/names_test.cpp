#include "lib/voevent/names.h"

#include <set>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("every known name is there once and has its text") {
  std::set<std::string_view> texts(known_names.begin(), known_names.end());
  CHECK(texts.size() == known_names.size());
  CHECK(text_of(known_name("WhereWhen")) == "WhereWhen");
  CHECK(text_of(Name::unknown).empty());
  CHECK(known_name("name") != known_name("Name"));
}

TEST_CASE("every known name is found by its text, and nothing else") {
  for (std::size_t i = 1; i < known_names.size(); ++i)
    CHECK(name_of(known_names[i]) == static_cast<Name>(i));
  for (const char* unknown : {"", "voevent", "VOEvent ", "VOEven", "VOEventt", "schemaLocation"})
    CHECK(name_of(unknown) == Name::unknown);
}

}  // namespace vtp
