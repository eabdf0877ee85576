#include "lib/kafka/json_tree.h"

#include <fmt/format.h>

#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string problem(std::string_view json) { return JsonTree(json).problem(); }

// The only value of a document, or the only item of its only array.
std::string text(std::string_view json) {
  const JsonTree tree(json);
  CHECK(tree.problem() == "");
  REQUIRE(tree.has_root());
  CHECK(tree.kind(0) == JsonKind::text);
  return std::string(tree.text(0));
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += part;
  return text;
}

}  // namespace

TEST_CASE("a tree has the values of a document in its order") {
  const JsonTree tree(R"( {"b": ["x", null, {}], "a": true} )");
  REQUIRE(tree.problem() == "");
  REQUIRE(tree.kind(0) == JsonKind::object);
  CHECK(tree.key(0) == "");
  const JsonIndex b = tree.first(0);
  CHECK(tree.key(b) == "b");
  REQUIRE(tree.kind(b) == JsonKind::array);
  const JsonIndex x = tree.first(b);
  CHECK(tree.key(x) == "");
  CHECK(tree.text(x) == "x");
  const JsonIndex null = tree.next(x);
  CHECK(tree.kind(null) == JsonKind::null);
  const JsonIndex object = tree.next(null);
  CHECK(tree.kind(object) == JsonKind::object);
  CHECK(tree.first(object) == 0);
  CHECK(tree.next(object) == 0);
  const JsonIndex a = tree.next(b);
  CHECK(tree.key(a) == "a");
  CHECK(tree.text(a) == "true");
  CHECK(tree.next(a) == 0);
  CHECK(tree.find(0, "a") == a);
  CHECK(tree.find(0, "c") == 0);
  CHECK(tree.find(b, "a") == 0);
}

TEST_CASE("text is without escapes, and numbers are as they are written") {
  CHECK(text(R"("\u00e9\ud83d\ude00\n\u0000")") == std::string("\xc3\xa9\xf0\x9f\x98\x80\n\0", 8));
  CHECK(text("\"\xc3\xa9\"") == "\xc3\xa9");
  CHECK(text("1.50") == "1.50");
  CHECK(text("1E5") == "1E5");
  CHECK(text("-9223372036854775808") == "-9223372036854775808");
  CHECK(text("18446744073709551615") == "18446744073709551615");
  CHECK(text("123456789012345678901234567890") == "123456789012345678901234567890");
  CHECK(text("0." + repeated("0", 100'000) + "1") == "0." + repeated("0", 100'000) + "1");
  CHECK(text("-0") == "0");
  CHECK(text("false") == "false");
}

TEST_CASE("what is not JSON has a problem with its place") {
  CHECK(problem("{\"a\": }") == "it is not JSON: byte 7");
  const std::string_view not_json[] = {"",
                                       " ",
                                       "{",
                                       "{\"a\"",
                                       "[1,]",
                                       "{} {}",
                                       "{'a': 1}",
                                       "NaN",
                                       "-Infinity",
                                       "01",
                                       "// a\n{}",
                                       "\"\xff\"",
                                       "\"\xc0\x80\"",
                                       "\"\xed\xa0\x80\"",
                                       R"("\ud800")",
                                       "\"a\nb\"",
                                       "\"a",
                                       std::string_view("{}\0", 3),
                                       std::string_view("\"\0\"", 3)};
  for (const std::string_view json : not_json) {
    INFO(json);
    CHECK(problem(json).starts_with("it is not JSON: byte "));
  }
}

TEST_CASE("a number that no double holds is refused") {
  CHECK(problem("[1e400]") == "a number before byte 7 is too large");
  CHECK(problem(repeated("9", 1'000'000)).starts_with("a number before byte "));
}

TEST_CASE("a key that occurs twice is refused") {
  CHECK(problem(R"({"b":1,"a\n":2,"c":3,"a\n":4})") == R"(the key "a " occurs twice in an object)");
  CHECK(problem(R"({"a":{"a":{}},"b":{"a":1}})") == "");
}

TEST_CASE("nesting has a limit, and what came before it is in the tree") {
  const auto nested = [](std::string_view open, std::string_view close, std::size_t levels) {
    return repeated(open, levels) + repeated(close, levels);
  };
  CHECK(problem(nested("[", "]", deepest_json)) == "");
  CHECK(problem(nested("[", "]", deepest_json + 1)) == "the JSON is nested deeper than 32 levels");
  CHECK(problem(repeated("[", 4'000'000)) == "the JSON is nested deeper than 32 levels");
  CHECK(problem(repeated("{\"a\":", 800'000)) == "the JSON is nested deeper than 32 levels");
  const JsonTree tree("{\"a\": \"b\", \"c\": " + repeated("[", 1000));
  CHECK(tree.text(tree.find(0, "a")) == "b");
}

TEST_CASE("the number of values has a limit") {
  CHECK(problem("[" + repeated("0,", most_json_values - 2) + "0]") == "");
  CHECK(problem("[" + repeated("0,", most_json_values - 1) + "0]") ==
        "the JSON has more than 500000 values");
}

}  // namespace vtp
