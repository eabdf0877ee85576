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

}  // namespace vtp
