#include "lib/peers/ivorn_prefix.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

bool matches(const char* prefix, const char* ivorn) {
  return IvornPrefix::parse(prefix).value().matches(ivorn);
}

std::string problem_of(const char* text) {
  const auto prefix = IvornPrefix::parse(text);
  return prefix ? "none" : prefix.problem();
}

}  // namespace

TEST_CASE("an authority stands for all of its streams, and no other authority") {
  CHECK(matches("ivo://pole.example", "ivo://pole.example/survey#1"));
  CHECK(matches("ivo://pole.example", "ivo://pole.example#1"));
  CHECK(matches("ivo://pole.example/", "ivo://pole.example/survey#1"));
  CHECK_FALSE(matches("ivo://pole.example", "ivo://pole.example.evil/survey#1"));
  CHECK_FALSE(matches("ivo://pole.example", "ivo://pole.examples/survey#1"));
  CHECK_FALSE(matches("ivo://pole.example", "ivo://pole.exampl/survey#1"));
  CHECK_FALSE(matches("ivo://pole.example", "ivo://south/pole.example#1"));
  CHECK_FALSE(matches("ivo://pole.example/", "ivo://pole.example#1"));
  CHECK_FALSE(matches("ivo://pole.example", ""));
}

TEST_CASE("a stream stands for itself and those below it") {
  CHECK(matches("ivo://pole.example/survey", "ivo://pole.example/survey#1"));
  CHECK(matches("ivo://pole.example/survey", "ivo://pole.example/survey?1"));
  CHECK(matches("ivo://pole.example/survey", "ivo://pole.example/survey/deep#1"));
  CHECK_FALSE(matches("ivo://pole.example/survey", "ivo://pole.example/survey2#1"));
  CHECK_FALSE(matches("ivo://pole.example/survey", "ivo://pole.example/#survey"));
}

TEST_CASE("a local part may begin anyhow") {
  CHECK(matches("ivo://nasa.gsfc.gcn/SWIFT#BAT_", "ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_1-2"));
  CHECK(matches("ivo://nasa.gsfc.gcn/SWIFT#BAT_", "ivo://nasa.gsfc.gcn/SWIFT?BAT_GRB_Pos_1-2"));
  CHECK(matches("ivo://nasa.gsfc.gcn/SWIFT#", "ivo://nasa.gsfc.gcn/SWIFT#XRT"));
  CHECK_FALSE(matches("ivo://nasa.gsfc.gcn/SWIFT#BAT_", "ivo://nasa.gsfc.gcn/SWIFT#XRT_Pos"));
  CHECK_FALSE(matches("ivo://nasa.gsfc.gcn/SWIFT#BAT_", "ivo://nasa.gsfc.gcn/SWIFT2#BAT_1"));
  CHECK_FALSE(matches("ivo://nasa.gsfc.gcn/SWIFT#", "ivo://nasa.gsfc.gcn/SWIFT/low#XRT"));
  CHECK_FALSE(matches("ivo://nasa.gsfc.gcn/SWIFT#", "ivo://nasa.gsfc.gcn/SWIFT"));
}

TEST_CASE("case counts in the local part only, as in IVOA identifiers") {
  CHECK(matches("ivo://pole.example/Survey", "IVO://Pole.Example/survey#1"));
  CHECK(matches("IVO://POLE.example/survey#A", "ivo://pole.EXAMPLE/SURVEY#Ab"));
  CHECK_FALSE(matches("ivo://pole.example/survey#a", "ivo://pole.example/survey#Ab"));
}

TEST_CASE("what is no beginning of an ivorn is refused with the reason") {
  CHECK(problem_of("http://pole.example") == "http://pole.example does not begin with ivo://");
  CHECK(problem_of("") == " does not begin with ivo://");
  CHECK(problem_of("ivo://") == "ivo:// has no authority after ivo://");
  CHECK(problem_of("ivo:///x") == "ivo:///x has no authority after ivo://");
  CHECK(problem_of("ivo://#x") == "ivo://#x has no authority after ivo://");
  CHECK(problem_of("ivo://a b") == "ivo://a b has white space in it");
  CHECK(IvornPrefix::parse("ivo://pole.example/a#b").value().text() == "ivo://pole.example/a#b");
}

}  // namespace vtp
