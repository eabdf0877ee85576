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

}  // namespace vtp
