#include "lib/vtp/transport_bounds.h"

#include <string>

#include "lib/vtp/transport.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

std::string times(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += text;
  return all;
}

std::string with_attributes(std::size_t count) {
  std::string tag = "<Transport role='ack'";
  for (std::size_t i = 1; i < count; ++i)
    tag += " a" + std::to_string(i) + "='>'";
  return tag + "/>";
}

std::string with_meta(const std::string& content) {
  return "<Transport role='ack'><Meta>" + content + "</Meta></Transport>";
}

bool is_read(const std::string& document) { return bool(parse_transport(document)); }

}  // namespace

TEST_CASE("a tag has so many attributes at most, wherever it is") {
  CHECK(excess_in_transport(with_attributes(most_transport_attributes)).empty());
  CHECK(is_read(with_attributes(most_transport_attributes)));
  const std::string many = with_attributes(most_transport_attributes + 1);
  CHECK(parse_transport(many).problem() == "a message with too many attributes in it");
  for (const char* before :
       {"<?xml version='1.0'?>", "<!-- ' -->", "<?a > ' ?>", "<a b='<'/>", "\xEF\xBB\xBF"})
    CHECK_FALSE(is_read(before + many));
  for (const char* inside : {"<![CDATA[ <a ' ]]>", "<Result>it's</Result>", "a > b \" "})
    CHECK(excess_in_transport("<Transport>" + (inside + many)) == "too many attributes");
  CHECK(excess_in_transport("</a" + many.substr(10)) == "too many attributes");
}

TEST_CASE("quotes in a text, a comment or a CDATA section begin no attribute") {
  const std::string quotes = times("' \"", 100);
  for (const std::string& content : {quotes, "<!--" + quotes + "-->", "<![CDATA[" + quotes + "]]>",
                                     "<Param name='" + times("\"", 100) + "'/>"})
    CHECK(is_read(with_meta(content)));
}

TEST_CASE("a message has so many nodes at most") {
  for (const char* node : {"<Param/>", "<!---->", "<![CDATA[]]>x"}) {
    CHECK(is_read(with_meta(times(node, 4000))));
    CHECK(parse_transport(with_meta(times(node, most_transport_nodes))).problem() ==
          "a message with too many elements in it");
  }
}

TEST_CASE("elements are so deep at most") {
  const auto deep = [](std::size_t depth) {
    return with_meta(times("<a b='/'>", depth) + "<c/><d></d>" + times("</a>", depth));
  };
  CHECK(is_read(deep(most_transport_depth - 3)));
  CHECK(parse_transport(deep(most_transport_depth)).problem() ==
        "a message with elements nested too deeply in it");
}

TEST_CASE("a message has no document type declaration") {
  CHECK_FALSE(is_read("<!DOCTYPE Transport>" + with_meta("")));
  CHECK_FALSE(is_read("<!DOCTYPE a [<!ENTITY b 'c'>]>" + with_meta("")));
}

TEST_CASE("references without an end are counted") {
  CHECK(is_read(with_meta("<Result>&#x41;" + times("&#65;&amp;&", 5000) + "</Result>")));
  CHECK(is_read(with_meta("<Result>" + times("&#", most_open_references) + "</Result>")));
  CHECK_FALSE(is_read(with_meta("<Result>" + times("&#", most_open_references + 1) + "</Result>")));
  CHECK_FALSE(
      is_read(with_meta("<Param name='" + times("&#x", 1000) + "z" + times("0", 1000) + ";'/>")));
}

TEST_CASE("what does not end has no excess") {
  for (const char* cut :
       {"", "<", "</", "<!--", "<![CDATA[", "<?", "<a", "<a '", "<a b=\"c' >", "&#", "&"})
    CHECK(excess_in_transport(cut).empty());
}

TEST_CASE("a NUL ends a message") {
  CHECK(is_read(std::string("<Transport role='ack'/>\0<a", 26)));
  CHECK(is_read(std::string("<Transport role='ack'/>\0", 24) + with_attributes(100)));
}

}  // namespace vtp
