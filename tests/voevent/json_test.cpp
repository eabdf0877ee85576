#include "lib/voevent/json.h"

#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "lib/voevent/headline.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Catch::Matchers::ContainsSubstring;
using namespace std::string_literals;

const Received received{TestClock().now(), "127.0.0.1:8098"};

Event event(const std::string& children) {
  const std::string bytes = event_with("ivo://a.b/c#1", children);
  Event made{bytes, digest_of(bytes), {}};
  made.headline.ivorn = "ivo://a.b/c#1";
  return made;
}

// What stands between "params": and ,"received".
std::string params(const std::string& what) {
  const std::string line = json_line(event("<What>" + what + "</What>"), received);
  const std::size_t start = line.find("\"params\":");
  if (start == std::string::npos) return "";
  const std::size_t from = start + 9;
  return line.substr(from, line.find(",\"received\"") - from);
}

// What stands in the line between two keys, the first one with its value.
std::string between(const std::string& children, const std::string& first,
                    const std::string& next) {
  const std::string line = json_line(event(children), received);
  const std::size_t start = line.find("\"" + first + "\":");
  const std::size_t end = line.find(",\"" + next + "\":");
  return start == std::string::npos || end == std::string::npos ? line
                                                                : line.substr(start, end - start);
}

std::string located(const std::string& children) {
  return "<WhereWhen><ObsDataLocation><ObservationLocation>" + children +
         "</ObservationLocation></ObsDataLocation></WhereWhen>";
}

std::string param(const std::string& type, const std::string& value) {
  return params(fmt::format("<Param name='a' dataType='{}' value='{}'/>", type, value));
}

TEST_CASE("the short form has the headline, and says that it is short, within its limit") {
  Event event;
  event.bytes = "not read";
  const std::string hard(longest_headline_text, '\x7f');
  event.headline.ivorn = "ivo://a.b/c#1";
  event.headline.role = "test";
  event.headline.ra = 1.5;
  event.headline.dec = -2;
  event.headline.position_unit = "deg";
  const std::string json = short_json_line(event, {Time{}, Origin("somewhere")});
  CHECK(json ==
        R"({"ivorn":"ivo://a.b/c#1","role":"test","stream":"ivo://a.b/c","ra":1.5,"dec":-2.0,)"
        R"("position_unit":"deg","received":"1970-01-01T00:00:00.000Z","from":"somewhere",)"
        R"("digest":")" +
            event.digest.hex() + R"(","shortened":true})");
  for (std::string* text :
       {&event.headline.ivorn, &event.headline.role, &event.headline.version,
        &event.headline.author, &event.headline.date, &event.headline.event_time,
        &event.headline.frame, &event.headline.position_unit})
    *text = hard;
  const std::string longest =
      short_json_line(event, {Time{}, Origin(std::string(100'000, '\x7f'))});
  CHECK(longest.size() > 50'000);
  CHECK(longest.size() < 64 * 1024 - 200);  // a live stream adds a digest
}

}  // namespace

TEST_CASE("a line has all that an event says, in order") {
  Event full = event(
      "<What><Param name='x' value='1' dataType='int'/></What><Why><Concept>grb</Concept></Why>"
      "<Citations><EventIVORN cite='followup'>ivo://a.b/c#0</EventIVORN></Citations>");
  full.headline = {"ivo://a.b/c#1",
                   "test",
                   "2.0",
                   "ivo://a.b/who",
                   "2026-11-22T00:00:00",
                   "2026-11-21T01:02:03.5",
                   "UTC-ICRS-TOPO",
                   "deg",
                   214.5,
                   -1e-7,
                   0.0};
  CHECK(json_line(full, received) ==
        R"({"ivorn":"ivo://a.b/c#1","role":"test","version":"2.0","stream":"ivo://a.b/c",)"
        R"("author":"ivo://a.b/who","date":"2026-11-22T00:00:00",)"
        R"("event_time":"2026-11-21T01:02:03.5","ra":214.5,"dec":-1e-07,"error_radius":0.0,)"
        R"("position_unit":"deg","frame":"UTC-ICRS-TOPO","concepts":["grb"],)"
        R"("citations":[{"ivorn":"ivo://a.b/c#0","cite":"followup"}],"params":{"x":1},)"
        R"("received":"2026-11-22T12:42:50.123Z","from":"127.0.0.1:8098",)"
        R"("digest":")" +
            full.digest.hex() + "\"}");
}

TEST_CASE("a line tells of the message that an event came in") {
  MessageDetails details;
  details.key = "ivo://a.b/c#1";
  details.headers = {{"_format", "voevent"}, {"twice", ""}, {"twice", std::nullopt}};
  details.timestamp = 1'795'178'704'005;
  const auto line = [&details] {
    const Origin origin("t[0]@7", std::make_shared<MessageDetails>(details));
    return json_line(Event{"", digest_of(""), {}}, {received.time, origin});
  };
  CHECK_THAT(
      line(),
      ContainsSubstring(R"("from":"t[0]@7","kafka":{"key":"ivo://a.b/c#1","headers":[)"
                        R"({"name":"_format","value":"voevent"},{"name":"twice","value":""},)"
                        R"({"name":"twice","value":null}],"timestamp":"2026-11-20T12:45:04.005Z"},)"
                        R"("digest":)"));
  details = {"\xff\x00\x10"s, {{"_id", "\x80"}}, std::nullopt};
  CHECK_THAT(line(), ContainsSubstring(R"("kafka":{"key_base64":"/wAQ","headers":[)"
                                       R"({"name":"_id","value_base64":"gA=="}]},"digest")"));
  details = {std::nullopt, {}, std::numeric_limits<std::int64_t>::max()};
  CHECK_THAT(line(), ContainsSubstring(R"("kafka":{"key":null,"headers":[]},"digest")"));
  details.timestamp = std::numeric_limits<std::int64_t>::min();
  CHECK_THAT(line(), ContainsSubstring(R"("kafka":{"key":null,"headers":[]},"digest")"));
}

TEST_CASE("what an event does not say is not there") {
  const Event none{"", digest_of(""), {}};
  CHECK(json_line(none, {received.time, ""}) ==
        R"({"received":"2026-11-22T12:42:50.123Z","digest":")" + none.digest.hex() + "\"}");
}

TEST_CASE("a line has the units and UCDs of parameters") {
  CHECK(between("<What><Param name='a' unit='mag' ucd='phot.mag'/><Param name='b'/>"
                "<Param name='c' unit='s'/><Param name='c'/><Param name='d'/><Param name='d'/>"
                "</What>",
                "param_info", "received") ==
        R"("param_info":{"a":{"unit":"mag","ucd":"phot.mag"},"c":[{"unit":"s"},{}]})");
  CHECK(params("<Param name='a'/>") == R"({"a":null})");
}

TEST_CASE("a line has what Why says, references and the description") {
  CHECK(between("<Why importance='1' expires='2026-01-01T00:00:00'>"
                "<Inference probability='0.5' relation='associated'><Name>a</Name>"
                "<Concept>grb</Concept></Inference><Inference><Name>b</Name><Name>c</Name>"
                "</Inference><Inference/></Why>",
                "concepts", "received") ==
        R"("concepts":["grb"],"importance":1.0,"expires":"2026-01-01T00:00:00","inferences":[)"
        R"({"name":"a","probability":0.5,"relation":"associated","concepts":["grb"]},)"
        R"({"name":["b","c"]},{}])");
  CHECK(between("<What><Param name='p'><Reference uri='u' type='url' mimetype='m' meaning='w'/>"
                "</Param></What><Reference uri='v' name='n'/><Description>d</Description>",
                "references", "params") ==
        R"("references":[{"uri":"u","type":"url","mimetype":"m","meaning":"w","section":"What",)"
        R"("param":"p"},{"uri":"v","name":"n"}],"description":"d")");
}

TEST_CASE("a line has all of the time and the position") {
  CHECK(between(located("<AstroCoordSystem id='TT-GALACTIC_II-TOPO'/><AstroCoords>"
                        "<Time unit='s'><TimeInstant><TimeOffset>1</TimeOffset></TimeInstant>"
                        "<Error>2</Error></Time><Position2D unit='deg'><Name1>GLON</Name1>"
                        "<Name2>GLAT</Name2><Value2><C1>5</C1><C2>-6</C2></Value2>"
                        "<Error2><C1>0.5</C1></Error2></Position2D></AstroCoords>"),
                "time", "received") ==
        R"("time":{"scale":"TT","offset":1.0,"error":2.0,"unit":"s"},)"
        R"("position":{"dimensions":2,"names":["GLON","GLAT"],"values":[5.0,-6.0],)"
        R"("errors":[0.5,null],"unit":"deg"})");
  CHECK(between(located("<AstroCoords><Time><TimeInterval><ISOTimeStart>a</ISOTimeStart>"
                        "<ISOTimeStop>b</ISOTimeStop></TimeInterval></Time></AstroCoords>"),
                "time", "received") == R"("time":{"start":"a","stop":"b"})");
}

TEST_CASE("a position in three dimensions gives ra and dec, if there is none with two") {
  const std::string deep =
      "<Position3D unit='deg-deg-kpc'><Name1>Dec</Name1><Name2>RA</Name2>"
      "<Value3><C1>-5</C1><C2>10</C2><C3 pos_unit='kpc'>0.5</C3></Value3></Position3D>";
  CHECK(between(located("<AstroCoords>" + deep + "</AstroCoords>"), "ra", "received") ==
        R"("ra":10.0,"dec":-5.0,"position_unit":"deg-deg-kpc","position":{"dimensions":3,)"
        R"("names":["Dec","RA",null],"values":[-5.0,10.0,0.5],"units":[null,null,"kpc"],)"
        R"("unit":"deg-deg-kpc"})");
  const std::string flat = "<Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D>";
  CHECK(between(located("<AstroCoords>" + flat + deep + "</AstroCoords>"), "position",
                "received") == R"("position":{"dimensions":2,"values":[1.0,2.0]})");
}

TEST_CASE("a number is one only if its data type says so, and JSON has it") {
  CHECK(param("int", "7") == R"({"a":7})");
  CHECK(param("int", " +007 ") == R"({"a":7})");
  CHECK(param("int", "-9223372036854775808") == R"({"a":-9223372036854775808})");
  CHECK(param("int", "9223372036854775808") == R"({"a":"9223372036854775808"})");
  CHECK(param("int", "7.0") == R"({"a":7.0})");
  CHECK(param("int", "+-7") == R"({"a":"+-7"})");
  CHECK(param("int", "") == R"({"a":""})");
  CHECK(param("float", "1.5e2") == R"({"a":150.0})");
  CHECK(param("float", ".1") == R"({"a":0.1})");
  for (const char* none : {"NaN", "INF", "-INF", "1e400", "0x10", "1 2", "1,5", "nan", "infinity"})
    for (const char* type : {"int", "float"})
      CHECK(param(type, none) == fmt::format(R"({{"a":"{}"}})", none));
  CHECK(param("string", "7") == R"({"a":"7"})");
  CHECK(params("<Param name='a' value='7'/>") == R"({"a":"7"})");
  CHECK(params("<Param name='a' dataType='int'/>") == R"({"a":null})");
}

TEST_CASE("a name that stands several times has all of its values") {
  CHECK(
      params(
          "<Param name='a' value='1'/><Param name='b' value='2'/>"
          "<Param name='a' value='3' dataType='int'/><Group name='a'><Param name='a'/></Group>") ==
      R"({"a":["1",3],"b":"2","a.a":null})");
}

TEST_CASE("a hundred thousand parameters take no longer than as many lines") {
  std::string what;
  for (int i = 0; i < 100'000; ++i)
    what += fmt::format("<Param name='{}' value=''/>", i);
  CHECK(params(what).ends_with(R"("99999":""})"));
}

TEST_CASE("what steers a terminal or is not seen is escaped in a line") {
  CHECK(param("string", "a&#x9B;&#x202E;&#xFEFF;&#xE0041;\u200F") ==
        R"({"a":"a\u009b\u202e\ufeff\udb40\udc41\u200f"})");
}

TEST_CASE("whatever an event and its peer say, a line is JSON and one line") {
  Event odd = event("<What><Param name='&quot;\\&#10;' value='\u00e9\u2028&#127;&#9;'/></What>");
  odd.headline.ivorn = "ivo://\xff\xc3\xed\xa0\x80\"\\\n\r";
  odd.headline.role = std::string("\0\x1b[2J", 5);
  const std::string line = json_line(odd, {received.time, "\xe2\x80"});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find("\"role\":\"\\u0000\\u001b[2J\"") != std::string::npos);
  CHECK(line.find("\"\\\"\\\\\":\"\u00e9\\u2028\\u007f\"") != std::string::npos);
  CHECK(line.find("\"from\":\"\ufffd\"") != std::string::npos);

  if (std::system("command -v jq > /dev/null") != 0) return;
  const TemporaryFolder folder;
  std::ofstream(folder.file("line")) << line << '\n' << json_line(event(""), received) << '\n';
  CHECK(std::system(("test $(jq -c . " + folder.file("line") + " | wc -l) = 2").c_str()) == 0);
}

TEST_CASE("a line tells what was found of the signature, where it was looked at") {
  const auto line = [](const SignatureFinding& finding) {
    Origin origin("a.b:8099");
    origin.signature = finding;
    return json_line(event(""), {received.time, origin});
  };
  CHECK_THAT(line({SignatureState::good, "ABCD", "signed by"}),
             ContainsSubstring(R"(","signature":"good","signed_by":"ABCD"})"));
  CHECK_THAT(line({SignatureState::unknown_key, "", "no key"}),
             ContainsSubstring(R"(","signature":"unknown key"})"));
  CHECK_THAT(line({SignatureState::bad, "", ""}), ContainsSubstring(R"("signature":"bad"})"));
  CHECK_THAT(line({SignatureState::expired, "AB", ""}),
             ContainsSubstring(R"("signature":"expired","signed_by":"AB"})"));
  CHECK_THAT(line({SignatureState::none, "", ""}), ContainsSubstring(R"("signature":"none"})"));
}

}  // namespace vtp
