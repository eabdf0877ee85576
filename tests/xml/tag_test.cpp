#include "lib/xml/tag.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("an attribute's value is what the document says, whatever the parser makes of it") {
  std::string scratch;
  const auto value = [&scratch](std::string_view raw) {
    return std::string(TagAttribute{Name::unknown, Space::none, "a", raw}.value(scratch));
  };
  CHECK(value("").empty());
  CHECK(value("plain") == "plain");
  CHECK(value("a&#38;b&#38;") == "a&b&");
  CHECK(value("&#38;#38;") == "&#38;");
}

}  // namespace vtp
