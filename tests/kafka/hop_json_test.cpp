#include "lib/kafka/hop_json.h"

#include <fmt/format.h>

#include "lib/kafka/json_tree.h"
#include "lib/voevent/check.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

// An event as hop-client 0.6 to 0.11 sends it, with these members after the attributes.
std::string event(const std::string& members, std::string_view version = "2.0") {
  return fmt::format(R"({{"ivorn": "ivo://a.b/c#1", "role": "test", "version": "{}"{}{}}})",
                     version, members.empty() ? "" : ", ", members);
}

std::string made(std::string_view json) {
  const auto xml = voevent_from_hop_json(json);
  INFO(json);
  if (!xml) FAIL(xml.problem());
  return *xml;
}

// The XML of such an event without the root's tags, on one line.
std::string content(const std::string& members, std::string_view version = "2.0") {
  const std::string xml = made(event(members, version));
  const std::string_view begin = "<voe:VOEvent ";
  const std::size_t start = xml.find('>', xml.find(begin)) + 1;
  std::string inside;
  bool indentation = true;
  for (const char c : std::string_view(xml).substr(start, xml.find("</voe:VOEvent>") - start)) {
    indentation = c == '\n' || (indentation && c == ' ');
    if (!indentation) inside += c;
  }
  return inside;
}

std::string problem(std::string_view json) {
  const auto xml = voevent_from_hop_json(json);
  INFO(json);
  REQUIRE_FALSE(xml);
  CHECK(xml.problem().find('\n') == std::string::npos);
  return xml.problem();
}

std::string complaint(std::string_view document) {
  Checker checker;
  return complaint_of(checker.check(document));
}

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i)
    text += part;
  return text;
}

// As hop-client 0.9 with xmltodict 0.13 gave it, of an event made for this test.
constexpr std::string_view whole_json =
    R"({"ivorn": "ivo://a.b/c#1", "role": "observation", "version": "2.0", )"
    R"("Who": {"AuthorIVORN": "ivo://a.b/who", "Date": "2026-11-22T00:00:00", )"
    R"("Author": {"title": "A \"telescope\" & more", "contactName": "N\u00e9 <n@a.b>"}}, )"
    R"("What": {"Param": [{"name": "mag", "value": "15.5", "unit": "mag"}, {"name": "empty", )"
    R"("value": ""}, {"name": "a", "Description": "x", "Value": null}], "Group": {"name": "g", )"
    R"("Param": {"name": "b"}}, "Description": null}, )"
    R"("WhereWhen": {"ObsDataLocation": {"ObservatoryLocation": {"id": "GEOLUN"}, )"
    R"("ObservationLocation": {"AstroCoordSystem": {"id": "UTC-FK5-GEO"}, "AstroCoords": )"
    R"({"coord_system_id": "UTC-FK5-GEO", "Time": {"unit": "s", "TimeInstant": )"
    R"({"ISOTime": "2026-11-21T01:02:03.5"}}, "Position2D": {"unit": "deg", "Value2": )"
    R"({"C1": "214.5", "C2": "-0.10"}, "Error2Radius": "0"}}}}}, )"
    R"("How": {}, "Why": {"importance": "0.5", "Inference": {"probability": "1", )"
    R"("Concept": ["a", "b"]}}, "Citations": {"EventIVORN": [{"cite": "followup", )"
    R"("#text": "ivo://a.b/c#0"}, {"cite": "supersedes", "#text": "ivo://a.b/c#00"}], )"
    R"("Description": "both"}, "Description": {}, "Reference": {"uri": "http://a.b/?c=1&d"}})";

constexpr std::string_view whole_xml = R"(<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" ivorn="ivo://a.b/c#1" role="observation" version="2.0">
  <Who>
    <AuthorIVORN>ivo://a.b/who</AuthorIVORN>
    <Date>2026-11-22T00:00:00</Date>
    <Author>
      <title>A "telescope" &amp; more</title>
      <contactName>Né &lt;n@a.b&gt;</contactName>
    </Author>
  </Who>
  <What>
    <Param name="mag" value="15.5" unit="mag"/>
    <Param name="empty" value=""/>
    <Param name="a">
      <Description>x</Description>
      <Value/>
    </Param>
    <Group name="g">
      <Param name="b"/>
    </Group>
    <Description/>
  </What>
  <WhereWhen>
    <ObsDataLocation>
      <ObservatoryLocation id="GEOLUN"/>
      <ObservationLocation>
        <AstroCoordSystem id="UTC-FK5-GEO"/>
        <AstroCoords coord_system_id="UTC-FK5-GEO">
          <Time unit="s">
            <TimeInstant>
              <ISOTime>2026-11-21T01:02:03.5</ISOTime>
            </TimeInstant>
          </Time>
          <Position2D unit="deg">
            <Value2>
              <C1>214.5</C1>
              <C2>-0.10</C2>
            </Value2>
            <Error2Radius>0</Error2Radius>
          </Position2D>
        </AstroCoords>
      </ObservationLocation>
    </ObsDataLocation>
  </WhereWhen>
  <Why importance="0.5">
    <Inference probability="1">
      <Concept>a</Concept>
      <Concept>b</Concept>
    </Inference>
  </Why>
  <Citations>
    <EventIVORN cite="followup">ivo://a.b/c#0</EventIVORN>
    <EventIVORN cite="supersedes">ivo://a.b/c#00</EventIVORN>
    <Description>both</Description>
  </Citations>
  <Reference uri="http://a.b/?c=1&amp;d"/>
</voe:VOEvent>
)";

}  // namespace

// If this fails, brokers would take events that they have for new ones: do not adapt the test.
TEST_CASE("the same JSON gives the same bytes for ever") {
  CHECK(made(whole_json) == whole_xml);
  CHECK(complaint(whole_xml) == "");
  CHECK(digest_of(made(whole_json)).hex() ==
        "629f38169daa64a597afa2de49b4844766b92801f20a7f3cfadd662b58d1c930");
}

TEST_CASE("an event in the envelope of hop 0.1 to 0.5 gives the same XML") {
  const auto xml = voevent_from_hop_envelope(
      fmt::format(R"({{"format": "voevent", "content": {}}})", whole_json));
  REQUIRE(xml);
  REQUIRE(*xml);
  CHECK(**xml == whole_xml);
  CHECK(voevent_from_hop_envelope(
      fmt::format(R"( {{"x": 1, "content": {}, "format": "voevent"}})", whole_json)));
}

TEST_CASE("JSON that is no envelope of a VOEvent is told from one that is broken") {
  const std::string_view others[] = {"",
                                     "{}",
                                     "\"voevent\"",
                                     "[\"format\", \"voevent\"]",
                                     R"({"format": "voevent"})",
                                     R"({"format": "circular", "content": {"a": "voevent"}})",
                                     R"({"format": ["voevent"], "content": {}})",
                                     R"({"a": {"format": "voevent", "content": {}}})",
                                     R"({"format": "VOEvent", "content": {}})",
                                     R"({"content": {}, "voevent" )"};
  for (const std::string_view json : others) {
    INFO(json);
    CHECK_FALSE(voevent_from_hop_envelope(json));
  }
  const auto broken = voevent_from_hop_envelope(R"({"format": "voevent", "content": {"a" )");
  REQUIRE(broken);
  REQUIRE_FALSE(*broken);
  CHECK(broken->problem().starts_with("it is not JSON: byte "));
  const auto wrong = voevent_from_hop_envelope(R"({"format": "voevent", "content": [1]})");
  REQUIRE(wrong);
  CHECK(wrong->problem() == "the event is not a JSON object");
}

TEST_CASE("the namespace is that of the version, 2.0 if there is none") {
  const auto root = [](std::string_view version) {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<voe:VOEvent "
        "xmlns:voe=\"http://www.ivoa.net/xml/VOEvent/v{0}\" ivorn=\"ivo://a.b/c#1\" role=\"test\" "
        "version=\"{0}\"/>\n",
        version);
  };
  for (const std::string_view version : {"1.1", "2.0", "2.1"})
    CHECK(made(event("", version)) == root(version));
  CHECK(complaint(root("2.0")) == "");
  CHECK(complaint(root("2.1")) == "");
  CHECK(made(R"({"version": 2.0, "ivorn": "ivo://a.b/c#1"})").find(" version=\"2.0\"") !=
        std::string::npos);
  CHECK(made(R"({"ivorn": "ivo://a.b/c#1", "role": "test"})") == root("2.0"));
  CHECK(problem(event("", "3.0")) == "\"3.0\" is no known version of VOEvent");
  CHECK(problem(R"({"version": null})") == "\"\" is no known version of VOEvent");
  CHECK(problem(R"({"version": {"#text": "2.0"}})") == "\"\" is no known version of VOEvent");
}

TEST_CASE("an element that hop does not have is not made, an empty one is") {
  CHECK(content(R"("Who": {}, "What": null, "How": {}, "Why": [], "Description": "")") ==
        "<What/><Description/>");
  CHECK(content(R"("What": {"Group": {}})") == "<What><Group/></What>");
}

TEST_CASE("children come in the order that the schema demands") {
  CHECK(content(R"("Citations": {"Description": "d", "EventIVORN": ["a", "b"]})") ==
        "<Citations><EventIVORN>a</EventIVORN><EventIVORN>b</EventIVORN>"
        "<Description>d</Description></Citations>");
  const std::string location =
      R"("WhereWhen": {"ObsDataLocation": {"ObservationLocation": {"AstroCoordSystem": {}, )"
      R"("AstroCoords": {"X": "x", "Position2D": {"Value2": {"C1": "1", "C2": "2"}}, "Time": )"
      R"({"Error": "1", "TimeInstant": {"TimeScale": "UTC", "ISOTime": "2026-11-22"}}}}}})";
  const std::string unordered =
      "<X>x</X><Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D><Time><Error>1</Error>"
      "<TimeInstant><TimeScale>UTC</TimeScale><ISOTime>2026-11-22</ISOTime></TimeInstant></Time>";
  CHECK(content(location, "2.0").find(unordered) != std::string::npos);  // it has no order there
  CHECK(content(location, "1.1").find(unordered) != std::string::npos);
  CHECK(content(location, "2.1")
            .find("<Time><TimeInstant><ISOTime>2026-11-22</ISOTime><TimeScale>UTC</TimeScale>"
                  "</TimeInstant><Error>1</Error></Time><Position2D><Value2><C1>1</C1><C2>2</C2></"
                  "Value2>"
                  "</Position2D><X>x</X>") != std::string::npos);
}

TEST_CASE("text is escaped, and comes back as it was") {
  CHECK(content(R"("Description": "<a> & ]]> \" ' \t\n\r\u0085\u2028")") ==
        "<Description>&lt;a&gt; &amp; ]]&gt; \" ' \t&#13;\xc2\x85\xe2\x80\xa8</Description>");
  CHECK(content(R"("What": {"Param": {"name": "<a> & \" ' \t\n\r"}})") ==
        "<What><Param name=\"&lt;a&gt; &amp; &quot; ' &#9;&#10;&#13;\"/></What>");
}

TEST_CASE("characters that XML does not allow are a problem") {
  for (const std::string_view character : {R"(\u0000)", R"(\u0008)", R"(\u001b)", R"(\uffff)"}) {
    CHECK(problem(event(fmt::format(R"("Description": "a{}")", character))) ==
          "Description: its text has a character that XML does not allow");
    CHECK(problem(event(fmt::format(R"("What": {{"Param": {{"name": "{}"}}}})", character))) ==
          "name: its text has a character that XML does not allow");
  }
  CHECK(problem(event(R"("What": {"#text": "\u0001"})")).starts_with("What: its text has"));
}

TEST_CASE("values that Python programs put in are written as JSON has them") {
  CHECK(content(R"("What": {"Param": [{"name": "a", "value": 1.50, "ucd": null}, )"
                R"({"name": "b", "value": true}, 7, null]})") ==
        "<What><Param name=\"a\" value=\"1.50\"/><Param name=\"b\" value=\"true\"/>"
        "<Param>7</Param><Param/></What>");
}

TEST_CASE("a name that the schemas do not know is an attribute or an element by its look") {
  CHECK(content(R"("What": {"Param": {"name": "a", "datatype": "float", "Foo": "x", "foo": null, )"
                R"("bar": {"baz": "y"}, "\u00e9": "z"}})") ==
        "<What><Param name=\"a\" datatype=\"float\"><Foo>x</Foo><foo/><bar baz=\"y\"/>"
        "<\xc3\xa9>z</\xc3\xa9></Param></What>");
}

TEST_CASE("names that are not names in XML are a problem") {
  const std::string_view names[] = {
      "",   " ",      "a b",           "1a",  "-a", "a>", "#texts",   ":",   ":a", "a:", "a:b:c",
      "@a", "xmlns:", "a=\\\"b\\\" c", "a/>", "$a", "<a", "\\u0000a", "a\\n"};
  for (const std::string_view name : names) {
    CHECK(problem(event(fmt::format(R"("What": {{"{}": "x"}})", name)))
              .ends_with("not a name in XML"));
    CHECK(problem(event(fmt::format(R"("What": {{"{}": {{}}}})", name)))
              .ends_with("not a name in XML"));
  }
}

TEST_CASE("a prefix needs a declaration, which hop loses if it was at the root") {
  CHECK(content(R"("What": {"xmlns": "", "xmlns:q": "u", "Param": {"q:a": "1", "q:B": "2"}})") ==
        "<What xmlns=\"\" xmlns:q=\"u\"><Param q:a=\"1\"><q:B>2</q:B></Param></What>");
  CHECK(content(R"("What": {"q:Foo": {"xmlns:q": "u"}})") == "<What><q:Foo xmlns:q=\"u\"/></What>");
  CHECK(
      content(
          R"("Who": {"xml:lang": "en", "xsi:nil": "1", "xlink:href": "a", "xlink:type": "b"})") ==
      "<Who xml:lang=\"en\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"1\" "
      "xmlns:xlink=\"http://www.w3.org/1999/xlink\" xlink:href=\"a\" xlink:type=\"b\"/>");
  CHECK(content(R"("Who": {"xmlns:xsi": "u", "xsi:nil": "1"})") ==
        "<Who xmlns:xsi=\"u\" xsi:nil=\"1\"/>");
  CHECK(problem(event(R"("Who": {"q:a": "1"})")) == "q:a: its prefix is not declared");
  CHECK(problem(event(R"("Who": {"q:A": "1"})")) == "q:A: its prefix is not declared");
  CHECK(problem(event(R"("What": {"xmlns:q": "u"}, "Who": {"q:a": "1"})")) ==
        "q:a: its prefix is not declared");
}

TEST_CASE("prefixes have a limit, of those in scope at a time") {
  const auto declaring = [](std::size_t prefixes) {
    std::string json = "{\"a\": \"1\"";
    for (std::size_t i = 0; i < prefixes; ++i)
      json += fmt::format(R"(, "xmlns:a{}": "u")", i);
    return json + "}";
  };
  const std::string most = declaring(most_prefixes - 1);  // voe is one, too
  CHECK(content(fmt::format(R"("What": {0}, "Who": {0})", most)) != "");
  CHECK(problem(event("\"What\": " + declaring(most_prefixes))) ==
        "it declares more than 64 prefixes");
  CHECK(problem(event("\"What\": [{\"xsi:a\": 1, " + most.substr(1) + "]")) ==
        "it declares more than 64 prefixes");
}

TEST_CASE("what hop omits at the root is omitted") {
  CHECK(made(event(R"("xmlns": "u", "xmlns:voe": "u", "xsi:schemaLocation": "a b", "q:A": {}, )"
                   R"("xmlns:q": null)")) == made(event("")));
}

TEST_CASE("a value of the wrong kind is a problem") {
  CHECK(problem("\"a\"") == "the event is not a JSON object");
  CHECK(problem("[{}]") == "the event is not a JSON object");
  for (const std::string_view value : {"{}", "[]", "[\"a\"]", "{\"#text\": \"a\"}"}) {
    INFO(value);
    CHECK(problem(fmt::format(R"({{"ivorn": {}}})", value)) ==
          "ivorn: is an attribute, and its value an array or an object");
    CHECK(problem(event(fmt::format(R"("Who": {{"#text": {}}})", value))) ==
          "#text: is an array or an object");
  }
  CHECK(problem(event(R"("What": {"Param": [[]]})")) == "Param: is an array in an array");
  CHECK(problem(event(R"("What": [[1]])")) == "What: is an array in an array");
}

TEST_CASE("hostile JSON costs neither stack nor memory") {
  CHECK(problem("") == "it is not JSON: byte 1");
  CHECK(problem(event("\"What\": " + repeated("{\"Group\": ", 400'000))).find("nested deeper") !=
        std::string::npos);
  CHECK(problem(R"({"ivorn": "a", "ivorn": "b"})").find("twice") != std::string::npos);
  // The deepest that is parsed.
  const std::size_t levels = deepest_json - 1;
  CHECK(content(R"("A": )" + repeated("{\"A\":", levels - 1) + "1" + repeated("}", levels - 1)) ==
        repeated("<A>", levels) + "1" + repeated("</A>", levels));
  // An array repeats its name.
  const std::string name(1'000'000, 'N');
  CHECK(problem(event("\"" + name + "\": [0" + repeated(",0", 100'000) + "]")) ==
        "as XML it is larger than 16777216 bytes");
  CHECK(problem(event("\"Description\": \"" + std::string(4'000'000, '&') + "\"")) ==
        "as XML it is larger than 16777216 bytes");
}

}  // namespace vtp
