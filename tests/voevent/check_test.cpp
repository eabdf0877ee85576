#include "lib/voevent/check.h"

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/voevent/check_fixture.h"

namespace vtp::test {
namespace {

std::string read_data(const std::string& name) {
  std::ifstream file(std::string(VTP_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string utf16(std::string_view text) {
  std::string out = "\xff\xfe";
  for (const char c : text)
    out += {c, '\0'};
  return out;
}

}  // namespace

TEST_CASE("an event with everything that its version knows is valid") {
  CHECK(verdict(read_data("full-2.0.xml")) == Verdict::valid);
  CHECK(verdict(read_data("full-2.1.xml")) == Verdict::valid);
  CHECK(verdict(event("")) == Verdict::valid);
}

TEST_CASE("the headline is what the event says of itself") {
  Checker checker;
  for (const char* name : {"full-2.0.xml", "full-2.1.xml"}) {
    const CheckResult& result = checker.check(read_data(name));
    CHECK(result.is_voevent);
    const Headline& headline = result.headline;
    CHECK(headline.ivorn == "ivo://example.org/telescope#2024-0042");
    CHECK(headline.role == "test");
    CHECK(headline.author == "ivo://example.org/people");
    CHECK(headline.date == "2024-03-05T06:07:08");
    CHECK(headline.event_time == "2024-03-05T06:06:06.5");
    CHECK(headline.position_unit == "deg");
    CHECK(headline.ra == 123.25);
    CHECK(headline.dec == -45.5);
    CHECK(headline.error_radius == 0.125);
  }
  CHECK(checker.check(read_data("full-2.0.xml")).headline.frame == "UTC-ICRS-TOPO");
  CHECK(checker.check(read_data("full-2.1.xml")).headline.version == "2.1");
}

TEST_CASE("the observatory's place is not the event's") {
  Checker checker;
  const CheckResult& result = checker.check(
      event("<WhereWhen><ObsDataLocation><ObservatoryLocation><AstroCoords><Position2D unit='m'>"
            "<Value2><C1>1</C1><C2>2</C2></Value2><Error2Radius>3</Error2Radius></Position2D>"
            "</AstroCoords></ObservatoryLocation><ObservationLocation><AstroCoordSystem/>"
            "<AstroCoords/></ObservationLocation></ObsDataLocation></WhereWhen>"));
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.headline.position_unit.empty());
  CHECK_FALSE(result.headline.ra.has_value());
}

TEST_CASE("an event that breaks its schema is invalid, and where is said") {
  CHECK(reason(event("<Who><Foo/></Who>")) == "element Who: unexpected child Foo");
  CHECK(reason(event("<What><Param datatype='int'/></What>")) ==
        "element Param: attribute datatype is not allowed");
  CHECK(reason(event("<Who><Date>abc</Date></Who>")) ==
        "element Date: \"abc\" is not a date and time (YYYY-MM-DDThh:mm:ss)");
  CHECK(reason(event("<What><Group>x</Group></What>")) ==
        "element Group: text is not allowed here");
  CHECK(reason(event("<Reference uri='a'> </Reference>")) ==
        "element Reference: must be empty, without even white space");
  CHECK(reason(event("<Reference/>")) == "element Reference: attribute uri is missing");
  CHECK(reason(event("<Citations/>")) == "element Citations: child EventIVORN is missing");
  CHECK(reason(event("<How/>")) == "element How: must not be empty");
  CHECK(reason(event("<What><Param dataType='real'/></What>")) ==
        "element Param: attribute dataType: \"real\" is not string, float or int");

  Checker checker;
  const CheckResult& result = checker.check(event("\n<Who>\n<Foo/></Who>\n<Bar/>"));
  CHECK(result.verdict == Verdict::invalid);
  CHECK(result.line == 3);
}

TEST_CASE("an invalid event's headline is read to its end") {
  Checker checker;
  const CheckResult& result =
      checker.check(event("<Foo/><Who><AuthorIVORN>ivo://a/b</AuthorIVORN></Who>"));
  CHECK(result.verdict == Verdict::invalid);
  CHECK(result.is_voevent);
  CHECK(result.headline.author == "ivo://a/b");
}

TEST_CASE("comments and processing instructions may stand anywhere") {
  CHECK(verdict(event("<!-- c --><Reference uri='a'><!-- c --><?p i?></Reference>"
                      "<Who><Date>2024-01-<!-- c -->01T00:00:00</Date></Who>")) == Verdict::valid);
}

TEST_CASE("xsi:type may narrow a type, and xsi:nil is nowhere allowed") {
  CHECK(verdict(event("<Description xsi:type='xs:token'>a</Description>")) == Verdict::valid);
  CHECK(verdict(event("<Description xsi:type='v:EventIVORN' cite='followup'/>")) == Verdict::valid);
  CHECK(verdict(event("<What xsi:type='v:What'/>")) == Verdict::valid);
  CHECK(verdict(event("<What xsi:type='v:Who'/>")) == Verdict::invalid);
  CHECK(verdict(event("<Description xsi:type='xs:int'>1</Description>")) == Verdict::invalid);
  CHECK(verdict(event("<Description xsi:type='q:token'/>")) == Verdict::invalid);
  CHECK(verdict(event("<Description xsi:nil='false'/>")) == Verdict::invalid);
  CHECK(verdict(event("<Description xsi:schemaLocation='a b'/>")) == Verdict::valid);
  CHECK(verdict(event("<Description xml:lang='en'/>")) == Verdict::invalid);
}

TEST_CASE("an id stands once in a document") {
  const std::string text =
      "<WhereWhen id='a'><ObsDataLocation><ObservatoryLocation/><ObservationLocation>"
      "<AstroCoordSystem id='{}'/><AstroCoords/></ObservationLocation></ObsDataLocation>"
      "</WhereWhen>";
  CHECK(verdict(event(fmt::format(fmt::runtime(text), "b"), "", "2.1")) == Verdict::valid);
  CHECK(verdict(event(fmt::format(fmt::runtime(text), " a "), "", "2.1")) == Verdict::invalid);
}

TEST_CASE("a document that is not well-formed is malformed, whatever else it is") {
  CHECK(verdict("") == Verdict::malformed);
  CHECK(verdict("x") == Verdict::malformed);
  CHECK(verdict("<a>") == Verdict::malformed);
  CHECK(verdict(event("<Foo>")) == Verdict::malformed);
  CHECK(verdict(event("") + "x") == Verdict::malformed);
  CHECK(verdict(event("&foo;")) == Verdict::malformed);
  CHECK(verdict(event("\xff")) == Verdict::malformed);
  CHECK(verdict(event("<q:What/>")) == Verdict::malformed);  // nothing declares the prefix
  CHECK(verdict(std::string("<a>\0</a>", 8)) == Verdict::malformed);
  CHECK(verdict("\n<?xml version='1.0'?>" + event("")) == Verdict::malformed);
  CHECK(verdict("<?xml version='1.0' encoding='nothing'?>" + event("")) == Verdict::malformed);
}

TEST_CASE("a document ends at a NUL that follows its root") {
  CHECK(verdict(event("") + std::string("\0", 1)) == Verdict::valid);
  CHECK(verdict(event("") + std::string("\n\0<x", 4)) == Verdict::valid);
}

TEST_CASE("a malformed event is known by its root") {
  Checker checker;
  for (const std::string& document :
       {event("<Foo>"), event("") + "x", "\n<?xml version='1.0'?>" + event("")}) {
    const CheckResult& result = checker.check(document);
    CHECK(result.verdict == Verdict::malformed);
    CHECK(result.is_voevent);
    CHECK(result.headline.ivorn == "ivo://a/b#c");
  }
}

TEST_CASE("an error deep in a document is given its line") {
  Checker checker;
  const CheckResult& result = checker.check(event("\n\n<Who>\n</What>"));
  CHECK(result.verdict == Verdict::malformed);
  CHECK(result.line == 4);
}

TEST_CASE("what is no VOEvent 2.0 or 2.1 is other") {
  CHECK(reason("<a/>") == "the root is a, not a VOEvent 2.0 or 2.1");
  CHECK(reason("<VOEvent xmlns='urn:x'/>") ==
        "the root is {urn:x}VOEvent, not a VOEvent 2.0 or 2.1");
  CHECK(verdict("<v:What xmlns:v='http://www.ivoa.net/xml/VOEvent/v2.0'/>") == Verdict::other);
  Checker checker;
  CHECK_FALSE(checker.check("<a ivorn='ivo://a/b'/>").is_voevent);
  CHECK(checker.check("<a ivorn='ivo://a/b'/>").headline.ivorn.empty());
}

TEST_CASE("a VOEvent in any other namespace, or in none, is other, and known") {
  for (const char* declaration :
       {"", " xmlns='https://www.ivoa.net/xml/VOEvent/v2.0'", " xmlns='urn:x'"}) {
    Checker checker;
    const CheckResult& result = checker.check(
        fmt::format("<VOEvent{} ivorn='ivo://a/b#c' role='test' version='2.0'><Who><AuthorIVORN>"
                    "ivo://a</AuthorIVORN></Who></VOEvent>",
                    declaration));
    CHECK(result.verdict == Verdict::other);
    CHECK(result.is_voevent);
    CHECK(result.headline.ivorn == "ivo://a/b#c");
    CHECK(result.headline.role == "test");
    CHECK(result.headline.author == "ivo://a");
  }
  // A prefix that nothing declares.
  Checker checker;
  const CheckResult& result = checker.check("<voe:VOEvent ivorn='ivo://a/b#c'/>");
  CHECK(result.verdict == Verdict::malformed);
  CHECK(result.headline.ivorn == "ivo://a/b#c");
}

TEST_CASE("a VOEvent 1.1 is other, and known") {
  Checker checker;
  const CheckResult& result =
      checker.check(event("<Who><AuthorIVORN>ivo://a</AuthorIVORN></Who>", "", "1.1"));
  CHECK(result.verdict == Verdict::other);
  CHECK(result.is_voevent);
  CHECK(result.headline.ivorn == "ivo://a/b#c");
  CHECK(result.headline.author == "ivo://a");
}

TEST_CASE("a version that its namespace does not have is invalid") {
  CHECK(reason("<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v2.1' version='2.0' ivorn='a'/>") ==
        "element VOEvent: attribute version: \"2.0\" is not 2.1");
}

TEST_CASE("a document is read in its own encoding, its headline is UTF-8") {
  Checker checker;
  const std::string latin = "<?xml version='1.0' encoding='ISO-8859-1'?>" +
                            event("<Who><AuthorIVORN>ivo://\xe9t\xe9</AuthorIVORN></Who>");
  const CheckResult& result = checker.check(latin);
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.headline.author == "ivo://été");
  CHECK(verdict(utf16(event(""))) == Verdict::valid);
  CHECK(verdict("\xef\xbb\xbf" + event("")) == Verdict::valid);
  CHECK(verdict("<?xml version='1.0' encoding='US-ASCII'?>" + event("<!-- \xe9 -->")) ==
        Verdict::malformed);
}

TEST_CASE("an ampersand in an attribute is read as one") {
  Checker checker;
  const CheckResult& result = checker.check(
      "<VOEvent xmlns='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' "
      "ivorn='ivo://a/b?c&amp;d#e'/>");
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.headline.ivorn == "ivo://a/b?c&d#e");
}

TEST_CASE("one check leaves nothing behind for the next") {
  Checker checker;
  REQUIRE(checker
              .check("<!DOCTYPE a [<!ENTITY x 'y'><!ATTLIST a xmlns:q CDATA 'urn:q'>]>" +
                     event("<q:a>"))
              .verdict == Verdict::malformed);
  CHECK(checker.check(event("&x;")).verdict == Verdict::malformed);
  CHECK(checker.check(event("<q:a/>")).verdict == Verdict::malformed);
  const CheckResult& result = checker.check(event(""));
  CHECK(result.verdict == Verdict::valid);
  CHECK(result.reason.empty());
  CHECK(result.line == 0);
  CHECK(result.headline.author.empty());
}

TEST_CASE("a checker may be moved, and others be used beside it") {
  Checker first;
  REQUIRE(first.check(event("")).verdict == Verdict::valid);
  Checker second = std::move(first);
  Checker third;
  CHECK(third.check(event("<Foo/>")).verdict == Verdict::invalid);
  CHECK(second.check(event("")).verdict == Verdict::valid);
}

TEST_CASE("each thread may have a checker of its own") {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&wrong] {
      Checker checker;
      for (int round = 0; round < 200; ++round) {
        wrong += checker.check(event("")).verdict != Verdict::valid;
        wrong += checker.check(event("<Foo/>")).verdict != Verdict::invalid;
        wrong +=
            checker.check("<?xml version='1.0' encoding='US-ASCII'?>" + event("\xe9")).verdict !=
            Verdict::malformed;
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

}  // namespace vtp::test
