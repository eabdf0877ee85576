#include "lib/xml/datatype.h"

#include <string>

#include "tests/support/catch.h"

namespace vtp {
namespace {

void accepts(Datatype type, std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    INFO(text);
    CHECK(conforms(type, text));
  }
}
void refuses(Datatype type, std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    INFO(text);
    CHECK_FALSE(conforms(type, text));
  }
}

}  // namespace

TEST_CASE("a float may have a sign, a point, an exponent, and white space around it") {
  accepts(Datatype::real, {"1", "+1", "-1", "1.", ".5", "-.5", "1e5", "1E-5", "1e400", " 1\n",
                           "INF", "-INF", "NaN", " NaN", "007"});
  refuses(Datatype::real, {"", " ", ".", "-", "e5", "1,0", "0x1", "1 2", "+INF", "-NaN", "nan",
                           "inf", "-+1", "1.5.5", "NaN ", "INF ", "١"});
}

TEST_CASE("a float may lack the digits of its exponent, as libxml2 has it") {
  accepts(Datatype::real, {"1e", "1e+", "1E-"});
}

TEST_CASE("a probability is from 0 to 1, once it is rounded to a float") {
  accepts(Datatype::probability, {"0", "1", "0.5", " 1 ", "+0.5", "-0", "1.00000001", "1e-400",
                                  "-1e-60", "0e999999999999999999999", "20e-2", "0.5e"});
  refuses(Datatype::probability,
          {"1.0000001", "2", "-0.1", "NaN", "INF", "-INF", "", "1e400", "-1e400", "x",
           "1e99999999999999999999999", "100000000000000000000000000000000000000000000000000"});
}

TEST_CASE("a date and time is a real moment of the calendar") {
  accepts(Datatype::date_time,
          {"2024-02-29T00:00:00", "2000-02-29T23:59:59.999", "2024-01-01T24:00:00",
           "-0004-02-29T00:00:00", "12024-01-01T00:00:00", "2024-01-01T00:00:00Z",
           "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:00-13:59",
           "9223372036854775807-01-01T00:00:00"});
  refuses(Datatype::date_time, {"",
                                "2024-01-01",
                                "2024-01-01 00:00:00",
                                "2023-02-29T00:00:00",
                                "1900-02-29T00:00:00",
                                "2024-13-01T00:00:00",
                                "2024-00-01T00:00:00",
                                "2024-04-31T00:00:00",
                                "2024-01-00T00:00:00",
                                "2024-01-01T24:00:01",
                                "2024-01-01T25:00:00",
                                "2024-01-01T00:60:00",
                                "2024-01-01T00:00:60",
                                "2024-01-01T00:00",
                                "2024-1-1T00:00:00",
                                "2024-01-01T00:00:00.",
                                "0000-01-01T00:00:00",
                                "02024-01-01T00:00:00",
                                "202-01-01T00:00:00",
                                "+2024-01-01T00:00:00",
                                "2024-01-01T00:00:00+14:01",
                                "2024-01-01T00:00:00+1:00",
                                "2024-01-01T00:00:00z",
                                "9223372036854775808-01-01T00:00:00",
                                "2024-01-01T00:00:59.99999999999999999999"});
}

TEST_CASE("a date and time may have white space after its zone and nowhere else") {
  accepts(Datatype::date_time, {"2024-01-01T00:00:00Z ", "2024-01-01T00:00:00+01:00\n\t"});
  refuses(Datatype::date_time, {"2024-01-01T00:00:00 ", " 2024-01-01T00:00:00Z",
                                "2024-01-01T00:00:00 Z", "2024-01-01T00:00:00Z x"});
}

TEST_CASE("an enumerated value has to be written as it is listed") {
  accepts(Datatype::role, {"observation", "prediction", "utility", "test"});
  refuses(Datatype::role, {"", " test", "test ", "Test", "followup"});
  accepts(Datatype::data_type, {"string", "float", "int"});
  refuses(Datatype::data_type, {"integer", "Float"});
  accepts(Datatype::cite, {"followup", "supersedes", "retraction"});
  accepts(Datatype::coord_system, {"UTC-FK5-GEO", "GPS-ICRS-GEO", "UTC-GEOD-TOPO"});
  refuses(Datatype::coord_system, {"GPS-FK5-GEO", "utc-fk5-geo", "ICRS"});
  accepts(Datatype::contributor_role, {"ContactPerson", "Other"});
  refuses(Datatype::contributor_role, {"", "other"});
}

TEST_CASE("white space around a version, an identifier and an id does not count") {
  accepts(Datatype::version_2_0, {"2.0", " 2.0\n"});
  refuses(Datatype::version_2_0, {"2.1", "2", "2.00", ""});
  accepts(Datatype::version_2_1, {"2.1"});
  accepts(Datatype::any_uri, {" ivo://a/b ", ""});
  refuses(Datatype::any_uri, {"a#b#c"});
  accepts(Datatype::id, {" a "});
  refuses(Datatype::id, {"a b", "", "1"});
}

TEST_CASE("the types of XML Schema that xsi:type may name have their forms") {
  accepts(Datatype::string, {"", "anything\n at all"});
  accepts(Datatype::language, {"en", " en-GB ", "x-1"});
  refuses(Datatype::language, {"", "en-", "e1", "abcdefghi", "e_n"});
  accepts(Datatype::nmtoken, {"1a:b", " - "});
  refuses(Datatype::nmtoken, {"", "a b"});
  accepts(Datatype::name, {"a:b", ":"});
  refuses(Datatype::name, {"1", ""});
  accepts(Datatype::ncname, {"a"});
  refuses(Datatype::ncname, {"a:b"});
  refuses(Datatype::entity, {"a"});
}

TEST_CASE("only the white space of XML is trimmed and blank") {
  CHECK(trimmed(" \t\r\na b\n") == "a b");
  CHECK(trimmed("\xc2\xa0") == "\xc2\xa0");
  CHECK(trimmed(" ").empty());
  CHECK(is_blank(" \t\r\n"));
  CHECK(is_blank(""));
  CHECK_FALSE(is_blank(" x"));
  CHECK_FALSE(is_blank("\v"));
}

}  // namespace vtp
