#include "lib/voevent/details.h"

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

std::string event(const std::string& children) { return event_with("ivo://a.b/c#1", children); }

// "name=value" of each parameter; without = where there is no value.
std::vector<std::string> parameters(const std::string& what) {
  DetailsReader reader;
  std::vector<std::string> all;
  for (const Parameter& one : reader.read(event("<What>" + what + "</What>")).parameters)
    all.push_back(one.name + (one.value ? "=" + *one.value : ""));
  return all;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the parameters of What, its groups and its tables are read in order") {
  CHECK(parameters("<Param name=' a ' value=' 1 &amp; 2\n'/>"
                   "<Group name='g'><Description>d</Description><Param name='a' value='2'/></Group>"
                   "<Group><Param name='b' value=''/></Group>"
                   "<Table name='t'><Param name='a' value='3'/><Field name='f'/></Table>"
                   "<Param name='a' value='4'/>") ==
        Strings{"a=1 & 2", "g.a=2", "b=", "t.a=3", "a=4"});
}

TEST_CASE("a value may be an attribute or an element, and the attribute wins") {
  CHECK(parameters(
            "<Param name='a' value='1'><Value>2</Value></Param>"
            "<Param name='b'><Description>no</Description><Value>\n 3<![CDATA[<]]> </Value></Param>"
            "<Param name='c'/>") == Strings{"a=1", "b=3<", "c"});
}

TEST_CASE("a parameter without a name is left out") {
  CHECK(parameters("<Param value='1'/><Param name=' ' value='2'/>"
                   "<Group name='g'><Param value='3'/></Group>")
            .empty());
}

TEST_CASE("only a parameter that stands in its place counts") {
  CHECK(parameters("<Description><Param name='a' value='1'/></Description>"
                   "<x:Param xmlns:x='urn:x' name='b' value='2'/>"
                   "<Param name='c'><Param name='d' value='4'/></Param>") == Strings{"c"});
}

TEST_CASE("concepts and citations are read") {
  DetailsReader reader;
  const Details& details = reader.read(
      event("<Why><Concept> process.variation </Concept><Concept/>"
            "<Inference><Name>n</Name><Concept>grb</Concept></Inference></Why>"
            "<Citations><EventIVORN cite='followup'>ivo://a.b/c#0</EventIVORN>"
            "<EventIVORN>ivo://a.b/d</EventIVORN><EventIVORN cite='retraction'/></Citations>"));
  CHECK(details.concepts == Strings{"process.variation", "grb"});
  REQUIRE(details.citations.size() == 2);
  CHECK(details.citations[0].ivorn == "ivo://a.b/c#0");
  CHECK(details.citations[0].cite == "followup");
  CHECK(details.citations[1].cite.empty());
}

TEST_CASE("what Why says is read") {
  DetailsReader reader;
  const Details& details = reader.read(event(
      "<Why importance=' 0.5 ' expires='2026-01-01T00:00:00'><Name>n</Name>"
      "<Inference probability='0.25' relation='identified'><Name> a </Name><Name/>"
      "<Name>b</Name><Concept>grb</Concept></Inference><Inference probability='much'/></Why>"));
  CHECK(details.importance == 0.5);
  CHECK(details.expires == "2026-01-01T00:00:00");
  REQUIRE(details.inferences.size() == 2);
  CHECK(details.inferences[0].names == Strings{"a", "b"});
  CHECK(details.inferences[0].concepts == Strings{"grb"});
  CHECK(details.inferences[0].probability == 0.25);
  CHECK(details.inferences[0].relation == "identified");
  CHECK(details.inferences[1].names.empty());
  CHECK_FALSE(details.inferences[1].probability);
}

TEST_CASE("references are read wherever they may stand, with their place") {
  DetailsReader reader;
  const Details& details = reader.read(event(
      "<Who><Reference uri='1'/></Who>"
      "<What><Param name='p'><Reference uri='2' type='url'/></Param>"
      "<Group name='g'><Reference uri='3'/><Param name='p'><Reference uri='4'/></Param></Group>"
      "<Table name='t'><Field><Reference uri='5'/></Field><Param><Reference uri='6'/></Param>"
      "<Reference uri='7'/></Table><Reference uri='8'/></What>"
      "<WhereWhen><Reference uri='9'/></WhereWhen>"
      "<How><Reference uri='10' name='n' mimetype='text/html' meaning='urn:m'/></How>"
      "<Why><Reference uri='11'/><Inference><Reference uri='12'/></Inference></Why>"
      "<Reference uri=' 13 '/><Reference type='none'/><Foo><Reference uri='14'/></Foo>"));
  Strings found;
  for (const Reference& each : details.references)
    found.push_back(each.uri + " " + std::string(each.section) + " " + each.parameter);
  CHECK(found == Strings{"1 Who ", "2 What p", "3 What ", "4 What g.p", "5 What ", "6 What ",
                         "7 What ", "8 What ", "9 WhereWhen ", "10 How ", "11 Why ", "12 Why ",
                         "13  "});
  CHECK(details.references[1].type == "url");
  CHECK(details.references[9].name == "n");
  CHECK(details.references[9].mimetype == "text/html");
  CHECK(details.references[9].meaning == "urn:m");
}

TEST_CASE("a description is that of the event, and not of a part of it") {
  DetailsReader reader;
  CHECK(reader
            .read(event("<What><Description>no</Description></What><Description> </Description>"
                        "<Description> yes <![CDATA[& no]]></Description>"))
            .description == "yes & no");
}

TEST_CASE("units and UCDs are those of their parameters") {
  DetailsReader reader;
  const Details& details = reader.read(
      event("<What><Param name='a' unit=' mag ' ucd='phot.mag'/><Param name='b'/></What>"));
  REQUIRE(details.parameters.size() == 2);
  CHECK(details.parameters[0].unit == "mag");
  CHECK(details.parameters[0].ucd == "phot.mag");
  CHECK(details.parameters[1].unit.empty());
}

TEST_CASE("a long name of a parameter is cut, and does not multiply, in references") {
  DetailsReader reader;
  const std::string name(longest_owner + 1, 'x');
  const Details& details =
      reader.read(event("<What><Param name='" + name + "'><Reference uri='1'/></Param></What>"));
  REQUIRE(details.references.size() == 1);
  CHECK(details.references[0].parameter == name.substr(1) + "\u2026");
  CHECK(details.parameters[0].name == name);
}

TEST_CASE("a long name of a group is cut, and does not multiply") {
  DetailsReader reader;
  const std::string name(longest_owner + 1, 'x');
  const Details& details = reader.read(event_with(
      "ivo://a.b/c#1", "<What><Group name='" + name + "'><Param name='a'/></Group></What>"));
  REQUIRE(details.parameters.size() == 1);
  CHECK(details.parameters[0].name == name.substr(1) + "\u2026.a");
}

TEST_CASE("either version has its details, data types too") {
  for (const char* name : {"/full-2.0.xml", "/full-2.1.xml"}) {
    INFO(name);
    DetailsReader reader;
    const Details& details = reader.read(content(std::string(VTP_TEST_DATA) + name));
    REQUIRE(details.parameters.size() == 3);
    CHECK(details.parameters[0].data_type == "float");
    CHECK(details.parameters[1].name == "detector.beam");
    CHECK(details.parameters[2].name == "light curve.band");
    CHECK_FALSE(details.concepts.empty());
    CHECK_FALSE(details.citations.empty());
  }
}

TEST_CASE("a document without details gives none, also after one with some") {
  DetailsReader reader;
  const std::string full = event("<What><Param name='a' value='1'/>");  // not well-formed
  for (const std::string& document : {std::string(), std::string("\0\xff<", 3), old_event("i"),
                                      std::string("<What><Param name='a'/></What>")}) {
    CHECK(reader.read(full).parameters.size() == 1);
    CHECK(reader.read(document).parameters.empty());
  }
}

}  // namespace vtp
