#include "lib/voevent/ivoid.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("an ivorn has an authority, a resource key and a local part") {
  const auto id = parse_ivoid("ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_532871-729");
  REQUIRE(id);
  CHECK(id->authority == "nasa.gsfc.gcn");
  CHECK(id->resource_key == "/SWIFT");
  CHECK(id->local_part == "BAT_GRB_Pos_532871-729");
  CHECK(id->stream() == "ivo://nasa.gsfc.gcn/SWIFT");
}

TEST_CASE("the local part follows # or ?") {
  CHECK(parse_ivoid("ivo://au.edu.swin/utmost#FRB/58794.7")->local_part == "FRB/58794.7");
  CHECK(parse_ivoid("ivo://a.survey/alerts?2026-1")->local_part == "2026-1");
  CHECK(parse_ivoid("ivo://a.survey/alerts")->local_part.empty());
  CHECK(parse_ivoid("ivo://a.survey/alerts#")->local_part.empty());
}

TEST_CASE("the resource key may be empty") {
  const auto id = parse_ivoid("ivo://hotwired.org#1");
  REQUIRE(id);
  CHECK(id->resource_key.empty());
  CHECK(id->stream() == "ivo://hotwired.org");
}

TEST_CASE("the authority has 3 or more characters of those allowed") {
  CHECK(parse_ivoid("ivo://abc"));
  CHECK(parse_ivoid("ivo://4pi.sky/x-_.~*'()#1"));
  CHECK(parse_ivoid("ivo://a-_.~*'()/x"));
  for (const char* wrong : {"ivo://ab/c", "ivo:///c", "ivo://.abc/d", "ivo://a b c/d",
                            "ivo://ab%c/d", "ivo://ab:8098/d", "ivo://"})
    CHECK_FALSE(parse_ivoid(wrong));
}

TEST_CASE("the resource key is no path that goes elsewhere") {
  CHECK(parse_ivoid("ivo://abc/d/e.f/..g"));
  for (const char* wrong : {"ivo://abc/", "ivo://abc/d/", "ivo://abc//d", "ivo://abc/d//e",
                            "ivo://abc/./d", "ivo://abc/../d", "ivo://abc/d/.."})
    CHECK_FALSE(parse_ivoid(wrong));
}

TEST_CASE("the problem says what is wrong") {
  CHECK(parse_ivoid("http://x").problem() ==
        "http://x is not an IVOID: it does not begin with ivo://");
  CHECK(parse_ivoid("").problem() == "(empty) is not an IVOID: it does not begin with ivo://");
  CHECK(parse_ivoid("ivo://abc/d\n#e")
            .problem()
            .ends_with("it has white space or characters other than ASCII in it"));
  CHECK_FALSE(parse_ivoid("ivo://abc/caf\u00e9#1"));
}

TEST_CASE("an event's stream is its ivorn without the local part, IVOID or not") {
  CHECK(stream_of("IVO://abc/d#e?f") == "ivo://abc/d");
  CHECK(stream_of("http://abc/d?e#f") == "http://abc/d");
  CHECK(stream_of("abc") == "abc");
  CHECK(stream_of("").empty());
}

TEST_CASE("the scheme is taken off in any case, and only as a whole") {
  CHECK(without_scheme("IvO://abc#d") == "abc#d");
  CHECK(without_scheme("ivo://").empty());
  CHECK(without_scheme("ivo:/abc") == "ivo:/abc");
  CHECK(without_scheme("").empty());
}

TEST_CASE("the problem is short, however long the text") {
  CHECK(parse_ivoid(std::string(1'000'000, 'x')).problem().size() < 300);
}

TEST_CASE("a program's own identifier has no local part") {
  CHECK(*parse_own_ivoid("ivo://a.survey/broker") == "ivo://a.survey/broker");
  for (const char* wrong :
       {"ivo://a.survey/broker#1", "ivo://a.survey/broker#", "ivo://a.survey?x", "x"})
    CHECK_FALSE(parse_own_ivoid(wrong));
}

TEST_CASE("identifiers compare without case but for the local part") {
  const auto id = parse_ivoid("ivo://Nasa.GSFC.gcn/SWIFT#A").value();
  CHECK(same_ivoid(id, *parse_ivoid("IVO://nasa.gsfc.GCN/swift#A")));
  CHECK_FALSE(same_ivoid(id, *parse_ivoid("ivo://nasa.gsfc.gcn/SWIFT#a")));
  CHECK_FALSE(same_ivoid(id, *parse_ivoid("ivo://nasa.gsfc.gcn/FERMI#A")));
}

}  // namespace vtp
