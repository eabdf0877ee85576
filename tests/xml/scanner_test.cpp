#include "lib/xml/scanner.h"

#include <string>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("a scanner takes what is there, and nothing else") {
  Scanner scanner(" \n<a-b1:c>");
  CHECK_FALSE(scanner.take("<"));
  CHECK(scanner.spaces());
  CHECK_FALSE(scanner.spaces());
  CHECK(scanner.take("<"));
  std::string_view name;
  CHECK(scanner.name(name));
  CHECK(name == "a-b1");
  CHECK_FALSE(scanner.name(name));
  CHECK(scanner.left() == ":c>");
}

TEST_CASE("characters are told by their kind") {
  Scanner scanner("plain] text & more");
  scanner.characters(Kind::plain_text);
  CHECK(scanner.left() == "] text & more");
  CHECK(scanner.one_character());
  scanner.characters(Kind::plain_text);
  CHECK(scanner.left() == "& more");
}

TEST_CASE("a character has to be one of XML's, in the shortest form of UTF-8") {
  const auto is_one = [](const std::string& bytes) {
    Scanner scanner(bytes);
    return scanner.one_character() && scanner.left().empty();
  };
  for (const char* good : {"x", "\x7f", "\xc3\xa9", "\xef\xbf\xbd", "\xf0\x9f\x98\x80"})
    CHECK(is_one(good));
  for (const char* bad : {"\x01", "\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xef\xbf\xbf", "\xf5\x80\x80\x80"})
    CHECK_FALSE(is_one(bad));
}

TEST_CASE("references are to XML's own entities, and to characters") {
  const auto is_one = [](std::string_view text) {
    Scanner scanner(text);
    return scanner.reference() && scanner.left().empty();
  };
  for (const char* good : {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&#65;", "&#x1F600;"})
    CHECK(is_one(good));
  for (const char* bad :
       {"&", "&a;", "&amp", "&#;", "&#x;", "&#0;", "&#xD800;", "&#1234567;", "&#6A;"})
    CHECK_FALSE(is_one(bad));
}

TEST_CASE("something of any characters ends where it is to end") {
  Scanner scanner("a - b -- c --> d");
  CHECK(scanner.up_to("-->"));
  CHECK(scanner.left() == " d");
  CHECK_FALSE(scanner.up_to("-->"));
}

}  // namespace vtp
