#include "lib/peers/peer_words.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

using Words = std::vector<std::string>;

Words words(std::string_view line) { return words_of(line).value(); }

std::string problem_of(std::string_view line) {
  const auto found = words_of(line);
  return found ? "none" : found.problem();
}

}  // namespace

TEST_CASE("spaces and tabs separate words") {
  CHECK(words("").empty());
  CHECK(words(" \t ").empty());
  CHECK(words("\ta  b\tc ") == Words{"a", "b", "c"});
  CHECK(words("a b\r") == Words{"a", "b"});
}

TEST_CASE("quotes keep what is between them") {
  CHECK(words("dn:\"CN=a, O=b c\" x") == Words{"dn:CN=a, O=b c", "x"});
  CHECK(words("\"dn:CN=a b\"") == Words{"dn:CN=a b"});
  CHECK(words(R"("a \"b)") == Words{R"(a \b)"});
  CHECK(words(R"(filter="//Param[@name=""x y""]")") == Words{R"(filter=//Param[@name="x y"])"});
  CHECK(words("a\"b c\"d") == Words{"ab cd"});
  CHECK(words("\"\" x") == Words{"", "x"});
  CHECK(words("\"a\tb # c\"") == Words{"a\tb # c"});
  CHECK(words("'a b'") == Words{"'a", "b'"});
}

TEST_CASE("a # begins a comment at the beginning of a word only") {
  CHECK(words("# a b").empty());
  CHECK(words("a #b c") == Words{"a"});
  CHECK(words("ivorn=ivo://a.b/c#d e") == Words{"ivorn=ivo://a.b/c#d", "e"});
}

TEST_CASE("a line that hides something is refused") {
  CHECK(problem_of("a \"b") == "a quote (\") has no end");
  CHECK(problem_of("a \"b\"\"") == "a quote (\") has no end");
  const std::string hidden =
      "contains control or invisible characters, or bytes that are not UTF-8";
  CHECK(problem_of("a\x01") == hidden);
  CHECK(problem_of("a\x1b[2K") == hidden);
  CHECK(problem_of("a\xff") == hidden);
  CHECK(problem_of("a\u202e") == hidden);
  CHECK(problem_of(std::string_view("a\0b", 3)) == hidden);
  CHECK(words("dn:\"CN=Müller\"") == Words{"dn:CN=Müller"});
}

}  // namespace vtp
