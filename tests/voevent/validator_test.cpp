#include "lib/voevent/validator.h"

#include <vector>

#include "lib/base/text.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

const TagAttribute ivorn{known_name("ivorn"), Space::none, "ivorn", "ivo://a/b#c"};
const TagAttribute version{known_name("version"), Space::none, "version", "2.0"};

// A validator within a sound root.
Validator begun() {
  Validator validator;
  validator.reset(voevent_2_0());
  const std::vector<TagAttribute> attributes{ivorn, version};
  validator.start({.name = known_name("VOEvent"),
                   .space = Space::root,
                   .local_name = "VOEvent",
                   .attributes = attributes});
  return validator;
}

Tag plain(Name name) {
  return {.name = name, .local_name = text_of(name).data(), .attributes = {}};
}

}  // namespace

TEST_CASE("an event with no more than its identity is valid") {
  Validator validator = begun();
  validator.text(" \n", false);
  validator.end();
  CHECK(validator.valid());
}

TEST_CASE("a missing attribute, an unknown child and text out of place are complained of") {
  Validator validator;
  validator.reset(voevent_2_0());
  const std::vector<TagAttribute> attributes{version};
  validator.start({.name = known_name("VOEvent"),
                   .space = Space::root,
                   .local_name = "VOEvent",
                   .attributes = attributes});
  CHECK(validator.complaint() == "element VOEvent: attribute ivorn is missing");

  validator = begun();
  validator.start({.name = Name::unknown, .local_name = "Foo", .attributes = {}});
  CHECK(validator.complaint() == "element VOEvent: unexpected child Foo");

  validator = begun();
  validator.start(plain(known_name("What")));
  validator.text("x", false);
  CHECK(validator.complaint() == "element What: text is not allowed here");
}

TEST_CASE("a child in a namespace is another child") {
  Validator validator = begun();
  Tag tag = plain(known_name("What"));
  tag.space = Space::root;
  validator.start(tag);
  CHECK(validator.complaint() == "element VOEvent: unexpected child What");
}

TEST_CASE("a CDATA section is text even where it is blank or empty") {
  Validator validator = begun();
  validator.start(plain(known_name("What")));
  validator.text("", true);
  CHECK_FALSE(validator.valid());
}

TEST_CASE("text that comes in pieces is read as one") {
  Validator validator = begun();
  validator.start(plain(known_name("Who")));
  validator.start(plain(known_name("Date")));
  for (const char* piece : {"2024-", "01-01", "T00:00:00"})
    validator.text(piece, false);
  validator.end();
  CHECK(validator.valid());
}

TEST_CASE("the first complaint stays") {
  Validator validator = begun();
  validator.text("x", false);
  const std::string first = validator.complaint();
  validator.start({.name = Name::unknown, .local_name = "Foo", .attributes = {}});
  validator.end();
  validator.end();
  CHECK(validator.complaint() == first);
}

}  // namespace vtp
