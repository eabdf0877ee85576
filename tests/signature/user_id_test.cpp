#include "lib/signature/user_id.h"

#include <string>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a user id names an author as a whole, as name, comment or address") {
  for (const char* id : {"ivo://a.b/author", "IVO://A.B/Author", " ivo://a.b/author ",
                         "ivo://a.b/author <x@a.b>", "A. Uthor (ivo://a.b/author)",
                         "A. Uthor (ivo://a.b/author) <x@a.b>", "A. Uthor <ivo://a.b/author>",
                         "A (B) (ivo://a.b/author) <x@a.b>", "ivo://a.b/author (robot) <x@a.b>"})
    CHECK(names_author(id, "ivo://a.b/author"));
  CHECK(names_author("Robot (ivo://a(b)/c) <x@a.b>", "ivo://a(b)/c"));
}

TEST_CASE("a user id does not name an author of whose IVOID it has a part") {
  for (const char* id :
       {"", "A. Uthor", "ivo://a.b", "ivo://a.b/author2", "xivo://a.b/author", "ivo://a.b/author x",
        "A (ivo://a.b/author", "A <ivo://a.b/author", "ivo://a.b/author) x", "<>", "()", "<", "(",
        "A (ivo://a.b/author) x <x@a.b>", "ivo://a.b/author#x", "a.b/author"})
    CHECK_FALSE(names_author(id, "ivo://a.b/author"));
}

TEST_CASE(
    "an author that is no IVOID is named by nothing, and neither is anybody by a long user id") {
  for (const char* author : {"", "A. Uthor", "a.b/author"})
    CHECK_FALSE(names_author(author, author));
  const std::string author = "ivo://a.b/" + std::string(longest_user_id - 10, 'x');
  CHECK(names_author(author, author));
  CHECK_FALSE(names_author(author + "x", author + "x"));
}

}  // namespace vtp
