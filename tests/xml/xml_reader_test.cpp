#include "lib/xml/xml_reader.h"

#include <array>
#include <stdexcept>
#include <string>

#include "tests/support/catch.h"

namespace vtp {
namespace {

constexpr std::array<std::string_view, 2> names = {"", "a"};

// Writes down what it gets.
class Listener : public XmlHandler {
 public:
  bool root(std::string_view local_name, std::string_view xml_namespace) override {
    heard += '{' + std::string(xml_namespace) + '}' + std::string(local_name) + '|';
    return wants_content;
  }
  void start(const Tag& tag) override {
    heard += '<' + std::string(tag.local_name);
    for (const TagAttribute& attribute : tag.attributes)
      heard += ' ' + std::string(attribute.local_name) + '=' + std::string(attribute.raw_value);
    heard += '>';
  }
  void text(std::string_view piece, bool cdata) override {
    heard += cdata ? '[' + std::string(piece) + ']' : std::string(piece);
    if (piece == "throw") throw std::runtime_error("as it was told");
  }
  void end() override { heard += "</>"; }

  std::string heard;
  bool wants_content = true;
};

std::string heard(std::string_view document) {
  XmlReader reader(names);
  Listener listener;
  (void)reader.read(document, listener);
  return listener.heard;
}

std::string described(const XmlOutcome& outcome) {
  return (outcome.well_formed ? "well-formed" : outcome.error) + (outcome.has_dtd ? ", DTD" : "");
}

// What a reader says of the document.
std::string outcome_of(std::string_view document, XmlReader& reader) {
  Listener listener;
  return described(reader.read(document, listener));
}
std::string outcome_of(std::string_view document) {
  XmlReader fresh(names);
  return outcome_of(document, fresh);
}

std::string names_in_a_root(int count) {
  std::string document = "<a>";
  for (int i = 0; i < count; ++i)
    document += "<name" + std::to_string(i) + "/>";
  return document + "</a>";
}

}  // namespace

TEST_CASE("content comes in its order, comments and instructions left out") {
  CHECK(heard("<a x='1'><!-- c -->t<b/><?p i?><![CDATA[<]]></a>") == "{}a|<a x=1>t<b></>[<]</>");
}

TEST_CASE("who does not want the content gets no more than the root's name") {
  XmlReader reader(names);
  Listener listener;
  listener.wants_content = false;
  CHECK(reader.read("<a xmlns='urn:x'>t<b/></a>", listener).well_formed);
  CHECK(listener.heard == "{urn:x}a|");
}

TEST_CASE("no content comes after an error, but the root even then") {
  CHECK(heard("<a><b></c><d/></a>") == "{}a|<a><b>");
  CHECK(heard("\n<?xml version='1.0'?><a><b/></a>") == "{}a|<a>");
}

TEST_CASE("an entity goes by one character") {
  XmlReader reader(names);
  Listener listener;
  const XmlOutcome& outcome =
      reader.read("<!DOCTYPE a [<!ENTITY e 'long text'>]>\n<a x='&e;'>&e;&lt;</a>", listener);
  CHECK(outcome.well_formed);
  CHECK(outcome.has_dtd);
  CHECK(outcome.dtd_line == 1);
  CHECK(listener.heard == "{}a|<a x=?>?<</>");
}

TEST_CASE("the first error is told with its line") {
  XmlReader reader(names);
  Listener listener;
  const XmlOutcome& outcome = reader.read("<a>\n<b>\n</a>", listener);
  CHECK_FALSE(outcome.well_formed);
  CHECK(outcome.error == "Opening and ending tag mismatch: b line 2 and a");
  CHECK(outcome.error_line == 3);
  CHECK(reader.read("<a/>", listener).well_formed);
  CHECK(outcome.error.empty());
}

TEST_CASE("what a handler throws comes out, and the reader can be used again") {
  XmlReader reader(names);
  Listener listener;
  CHECK_THROWS_AS(reader.read("<a><b>throw</b><c/></a>", listener), std::runtime_error);
  CHECK(listener.heard == "{}a|<a><b>throw");
  CHECK(reader.read("<a/>", listener).well_formed);
}

TEST_CASE("the outcome does not depend on what was read before") {
  // libxml2 cannot convert this before its \xff, and so asks for more within the DTD.
  const std::string dtd = "<?xml version='1.0' encoding='US-ASCII'?><!DOCTYPE a><a>\x1f \xff" +
                          std::string(30'000, ' ') + "</a>";
  const std::string many_names = names_in_a_root(6'500);
  XmlReader reader(names);
  for (const std::string& document : {dtd, names_in_a_root(1'900), many_names, dtd, many_names}) {
    CAPTURE(document.size());
    CHECK(outcome_of(document, reader) == outcome_of(document));
  }
  CHECK(outcome_of(many_names) == "too many different names");
  CHECK(outcome_of(dtd) != "well-formed, DTD");
}

TEST_CASE("documents with long names leave room for those of the next") {
  XmlReader reader(names);
  for (int i = 0; i < 1'900; ++i) {
    const std::string name = "a" + std::to_string(i) + std::string(14'000, 'x');
    REQUIRE(outcome_of('<' + name + "/>", reader) == "well-formed");
  }
}

}  // namespace vtp
