#include "lib/voevent/format.h"

#include <string>

#include "lib/voevent/check.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using namespace std::string_literals;

Event event(const std::string& children, const std::string& ivorn = "ivo://a.b/c#1") {
  const std::string bytes = event_with(ivorn, children);
  Checker checker;
  return {bytes, digest_of(bytes), checker.check(bytes).headline};
}

const std::string position =
    "<WhereWhen><ObsDataLocation><ObservationLocation><AstroCoordSystem id='UTC-FK5-GEO'/>"
    "<AstroCoords><Time><TimeInstant><ISOTime>2026-11-25T01:02:03</ISOTime></TimeInstant></Time>"
    "<Position2D unit='deg'><Value2><C1>83.6331</C1><C2>-22</C2></Value2>"
    "<Error2Radius>0.01</Error2Radius></Position2D></AstroCoords></ObservationLocation>"
    "</ObsDataLocation></WhereWhen>";

std::string formatted(const std::string& text, const Event& event) {
  const auto format = Format::parse(text);
  INFO(text);
  REQUIRE(format);
  return format->text_for(event, {TestClock().now(), "127.0.0.1:8099"});
}

std::string problem(const std::string& text) {
  const auto format = Format::parse(text);
  INFO(text);
  REQUIRE_FALSE(format);
  return format.problem();
}

}  // namespace

TEST_CASE("text, fields and escapes of a format") {
  const Event placed = event(position);
  CHECK(formatted("%r %i (%a, %d)\\n", placed) == "test ivo://a.b/c#1 (83.6331, -22)\n");
  CHECK(formatted("%t|%e|%u|%f|%v|%s", placed) ==
        "2026-11-25T01:02:03|0.01|deg|UTC-FK5-GEO|2.0|ivo://a.b/c");
  CHECK(formatted("%R %F", placed) == "2026-11-22T12:42:50.123Z 127.0.0.1:8099");
  CHECK(formatted("%h %S", placed) ==
        placed.digest.hex() + " " + std::to_string(placed.bytes.size()));
  CHECK(formatted("100%%\\t\\\\\\r\\0", placed) == "100%\t\\\r\0"s);
  CHECK(formatted("", placed).empty());
  CHECK(formatted("\u00e9%i", placed) == "\u00e9ivo://a.b/c#1");
}

TEST_CASE("a field has the name of its key in JSON too") {
  const Event placed =
      event(position + "<Who><AuthorIVORN>ivo://w</AuthorIVORN><Date>d</Date></Who>");
  CHECK(formatted("%{ivorn} %{role} %{ra} %{dec} %{event_time}", placed) ==
        "ivo://a.b/c#1 test 83.6331 -22 2026-11-25T01:02:03");
  CHECK(formatted("%{author} %A %{date} %D", placed) == "ivo://w ivo://w d d");
}

TEST_CASE("parameters, concepts and citations, several of them too") {
  const Event full = event(
      "<What><Param name='mag' value=' 17.30 '/><Param name='x' value='1'/><Param name='x'/>"
      "<Param name='x' value='3'/><Group name='g'><Param name='mag' value='2'/></Group></What>"
      "<Why><Concept>a</Concept><Concept>b</Concept></Why>"
      "<Citations><EventIVORN cite='followup'>ivo://a.b/c#0</EventIVORN></Citations>");
  CHECK(formatted("%{param:mag} %{param:g.mag} [%{param:x}] [%{param:none}]", full) ==
        "17.30 2 [1, , 3] []");
  CHECK(formatted("%c; %C", full) == "a, b; ivo://a.b/c#0");
}

TEST_CASE("what an event does not say is nothing") {
  CHECK(formatted("(%a, %d) %t%e%u%f%c%C.", event("")) == "(, ) .");
}

TEST_CASE("a value is one line, and steers no terminal") {
  CHECK(formatted("%{param:a}\\n",
                  event("<What><Param name='a' value='1&#10;2&#x9B;&#x202E;'/></What>")) ==
        "1?2??\n");
  Event odd = event("");
  odd.headline.ivorn = "ivo://\xff\n\x1b";
  CHECK(formatted("%i", odd) == "ivo://???");
}

TEST_CASE("a field or an escape that there is not is a problem, which names it") {
  CHECK(problem("%i %q").find("unknown field %q;") == 0);
  CHECK(problem("%{nothing}").find("unknown field %{nothing};") == 0);
  CHECK(problem("%\u00e9").find("unknown field %\u00e9;") == 0);
  CHECK(problem("%{}").find("unknown field %{};") == 0);
  CHECK(problem("%{param:}") == "%{param:} needs the name of a Param");
  CHECK(problem("%{ivorn") == "the } after %{ is missing");
  CHECK(problem("%") == "it ends with a single %; write %% for a %");
  CHECK(problem("\\x").find("unknown escape \\x;") == 0);
  CHECK(problem("%i\\") == "it ends with a single backslash; write \\\\ for a backslash");
  CHECK(problem("%\n").find('\n') == std::string::npos);
  CHECK_FALSE(Format::parse("%\xff"));
  CHECK_FALSE(Format::parse("\\\xff"));
}

}  // namespace vtp
