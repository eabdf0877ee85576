#include "lib/base/characters.h"

#include <initializer_list>

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("what steers a terminal or is not seen is harmful") {
  for (const char32_t code : std::initializer_list<char32_t>{
           0x0,    0xA,    0x1B,   0x1F,    0x7F,    0x85,    0x9B,    0x9F,   0xAD,
           0x34F,  0x61C,  0x180E, 0x200B,  0x200C,  0x200D,  0x200E,  0x200F, 0x2028,
           0x2029, 0x202A, 0x202E, 0x2060,  0x2064,  0x2066,  0x2069,  0x206F, 0x3164,
           0xFE0F, 0xFEFF, 0xFFF9, 0xE0000, 0xE0001, 0xE0041, 0xE007F, 0xE0FFF})
    CHECK(is_harmful(code));
}

TEST_CASE("what people write is not") {
  for (const char32_t code : std::initializer_list<char32_t>{
           0x20,   0x7E,   0xA0,   0xE9,   0x301,  0x3B1,  0x416,  0x5D0,  0x627,   0x905,
           0x2010, 0x2027, 0x202F, 0x2103, 0x3042, 0x6771, 0xAC00, 0xFFFD, 0x1F52D, 0x20000})
    CHECK_FALSE(is_harmful(code));
}

TEST_CASE("a text is made harmless character by character") {
  CHECK(harmless("ivo://a.b/c#d") == "ivo://a.b/c#d");
  CHECK(harmless("Krak\u00F3w \U0001F52D") == "Krak\u00F3w \U0001F52D");
  CHECK(harmless("a\nb\rc\td\x7F") == "a?b?c?d?");
  CHECK(harmless("a\u0085\u2028\u202E\U000E0041z") == "a????z");
  CHECK(harmless("caf\xE9 \xC3") == "caf? ?");
  CHECK(harmless(std::string_view("\0", 1)) == "?");
  CHECK(harmless("").empty());
}

TEST_CASE("what XML has no form for is replaced, and nothing else") {
  CHECK(allowed_in_xml("a <b> & \"c\"\t\r\n") == "a <b> & \"c\"\t\r\n");
  CHECK(allowed_in_xml("Krak\u00F3w\u0085\u202E\uFFFD\x7F\U0001F52D\U0010FFFF") ==
        "Krak\u00F3w\u0085\u202E\uFFFD\x7F\U0001F52D\U0010FFFF");
  CHECK(allowed_in_xml(std::string_view("a\0\x01\x1Bz", 5)) == "a???z");
  CHECK(allowed_in_xml("a\uFFFE\uFFFFz") == "a??z");
  CHECK(allowed_in_xml("\xC0\x81 \xED\xA0\x80 \xF4\x90\x80\x80 caf\xE9") == "?? ??? ???? caf?");
}

TEST_CASE("a text is cut between two characters") {
  CHECK(bounded("abc", 3) == "abc");
  CHECK(bounded("abcd", 3) == "abc\u2026");
  CHECK(bounded("ab\u00E9", 3) == "ab\u2026");
  CHECK(bounded("", 0).empty());
}

TEST_CASE("in JSON it stands as an escape that says the same") {
  CHECK(escaped_in_json(R"({"a":"\n\u0001"})") == R"({"a":"\n\u0001"})");
  CHECK(escaped_in_json("\"Krak\u00F3w \U0001F52D\"") == "\"Krak\u00F3w \U0001F52D\"");
  CHECK(escaped_in_json("\"\u009B\u202E\x7F\uFEFF\"") == R"("\u009b\u202e\u007f\ufeff")");
  CHECK(escaped_in_json("\"\U000E0041\"") == R"("\udb40\udc41")");
}

TEST_CASE("small letters are those of ASCII alone") {
  CHECK(lower_case("AZaz09-ÄΔ\xC4") == "azaz09-ÄΔ\xC4");
}

}  // namespace vtp
