#include "lib/filter/filter.h"

#include <string>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

std::string times(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

const std::string event =
    event_with("ivo://a.b/c#d",
               "<Who><AuthorIVORN>ivo://nasa.gsfc/VO-GCN</AuthorIVORN>"
               "<Author><shortName>VO-GCN</shortName></Author></Who>"
               "<What><Param name='Sun_Distance' value='41.5'/><Param name='seq' value='40'/>"
               "<Param name='none' value=''/></What>"
               "<How><Description>seen by <![CDATA[Swift]]></Description></How>");

FilterOutcome outcome(const std::string& expression, const std::string& document = event) {
  INFO(expression.substr(0, 100));
  auto filter = Filter::compile(expression);
  REQUIRE(filter);
  EventTree tree(document);
  return tree.evaluate(**filter);
}

bool positive(const std::string& expression, const std::string& document = event) {
  const FilterOutcome result = outcome(expression, document);
  INFO(expression.substr(0, 100));
  CHECK(result.trouble == "");
  return result.positive;
}

std::string trouble(const std::string& expression, const std::string& document = event) {
  const FilterOutcome result = outcome(expression, document);
  CHECK_FALSE(result.positive);
  return result.trouble;
}

std::string problem(const std::string& expression) {
  const auto filter = Filter::compile(expression);
  return filter ? "" : filter.problem();
}

}  // namespace

TEST_CASE("the filters in use say what they should") {
  CHECK(positive("//Who/Author[shortName=\"VO-GCN\"]"));
  CHECK(positive("//How[contains(Description, \"Swift\")]"));
  CHECK(positive("//Param[@name=\"Sun_Distance\" and @value>40]"));
  CHECK(positive("/*[local-name()=\"VOEvent\"]"));
  CHECK_FALSE(positive("/*[local-name()=\"VOEvent\" and @role!=\"test\"]"));
  CHECK_FALSE(positive("//Param[@name='seq' and @value>40]"));
  CHECK_FALSE(positive("//Who/Author[shortName='Gaia']"));
}

TEST_CASE("a result is positive as XPath's boolean() has it") {
  for (const char* yes : {"true()", "1", "-0.5", "1 div 0", "'false'", "' '", "//Param", "//@name",
                          "/", ".", "//Param | //Nothing", "string(//Param/@name)", "//text()"})
    CHECK(positive(yes));
  for (const char* no : {"false()", "0", "-0", "0 div 0", "number('x')", "''", "//Nothing",
                         "//Param[4]", "string(//Nothing)", "//Param[@name='none']/@value > 0",
                         "string(//Param[@name='none']/@value)"})
    CHECK_FALSE(positive(no));
}

TEST_CASE("a relative path starts at the root element") {
  CHECK(positive("Who/Author"));
  CHECK(positive("@ivorn = 'ivo://a.b/c#d'"));
  CHECK(positive("position() = 1 and last() = 1"));
}

TEST_CASE("an expression that does not compile has a problem of one line") {
  CHECK(problem("//Param[") == "Invalid expression, at character 9");
  for (const char* bad :
       {"", " ", "//", "a b", "1 +", "'open", "$", "a) | (b", "(", "@@x", "[1]"}) {
    INFO(bad);
    CHECK(problem(bad) != "");
    CHECK(problem(bad).find('\n') == std::string::npos);
  }
  CHECK(problem("'\xff'") == "not UTF-8 text");
  CHECK(problem(std::string("a\0b", 3)) == "not UTF-8 text");
  CHECK(problem("'" + std::string(max_filter_size - 2, 'x') + "'") == "");
  CHECK(problem("'" + std::string(max_filter_size - 1, 'x') + "'") == "longer than 4096 bytes");
}

TEST_CASE("an expression that fails while it runs is negative, and says why") {
  CHECK(trouble("voe:VOEvent") == "fails: Undefined namespace prefix");
  CHECK(positive("true() or $x"));
  for (const char* foreign : {"fn:not(1)", "not(fn:not(1))"})
    CHECK(trouble(foreign) == "fails: function not bound to undefined prefix fn");
  CHECK(trouble("$x") == "fails: Undefined variable");
  CHECK(trouble("frobnicate()") == "fails: Unregistered function");
  CHECK(trouble("count(1)") == "fails: Invalid type");
  CHECK(trouble("contains('a')") == "fails: Invalid number of arguments");
  for (const char* foreign : {"document('/etc/passwd')", "key('a','b')", "here()", "range-to(1)",
                              "unparsed-entity-uri('x')", "system-property('x')"})
    CHECK(trouble(foreign) == "fails: Unregistered function");
}

TEST_CASE("texts are searched and joined as XPath has it") {
  CHECK(positive("contains('abc', '') and contains('', '') and not(contains('', 'a'))"));
  CHECK(positive("substring-before('1999/04/01', '/') = '1999'"));
  CHECK(positive("substring-after('1999/04/01', '/') = '04/01'"));
  CHECK(positive("substring-after('ab', '') = 'ab' and substring-before('ab', '') = ''"));
  CHECK(positive("substring-after('ab', 'x') = '' and substring-before('ab', 'x') = ''"));
  CHECK(positive("concat('a', 1, true(), //Param[2]/@name) = 'a1trueseq'"));
  CHECK(positive("translate('bar', 'abc', 'AB') = 'BAr'"));
  CHECK(positive("contains(//Param/@value, 41.5)"));
  CHECK_FALSE(positive("id('d')", event_with("ivo://a.b/c#d", "<a xml:id='d'/>")));
}

TEST_CASE("sets compare as XPath has it") {
  const std::string sets =
      event_with("ivo://a.b/c#d",
                 "<a>1</a><a>2</a><a>x</a><b>2</b><b>5</b><c>1</c><c>1</c><d>1</d><e>y</e><e/>");
  for (const char* true_one : {"//a = //b",
                               "//b = //a",
                               "//a != //b",
                               "//a != //a",
                               "//c = //d",
                               "//a < //b",
                               "//a <= //c",
                               "//b > //a",
                               "//b >= //a",
                               "//a >= //b",
                               "//c <= //d",
                               "//a/@* | //a = 2",
                               "//e = //e",
                               "count(//a | //b) = 5",
                               "count(//a | //a) = 3",
                               "(//a | //b)[4] = //b",
                               "//a[. = //b]",
                               "count(//a[. = //c | //b]) = 2",
                               "not(//a = //none)",
                               "//a = true()",
                               "//none = false()",
                               "//a[position() = count(//b)] = 2",
                               "//a + 1 = //b",
                               "//c = //d = true()"}) {
    INFO(true_one);
    CHECK(positive(true_one, sets));
  }
  for (const char* false_one : {"//a = //e", "//c != //d", "//c < //d", "//d > //c", "//e < //a",
                                "//a < //e", "//none = //a", "//none != //a", "//a != //none",
                                "//none < //a", "//none | //none", "//b < //c", "//b <= //c"}) {
    INFO(false_one);
    CHECK_FALSE(positive(false_one, sets));
  }
  CHECK(trouble("1 | //a", sets) == "fails: Invalid type");
}

TEST_CASE("namespaces are united as well") {
  const std::string spaces =
      event_with("ivo://a.b/c#d", "<a xmlns:x='urn:x'/><b xmlns:y='urn:y'/>");
  CHECK(
      positive("count(//a/namespace::* | //b/namespace::*) = count(//namespace::*[..]) - "
               "count(/*/namespace::*)",
               spaces));
  CHECK(positive("count(//a/namespace::x | //a/namespace::x) = 1", spaces));
}

TEST_CASE("to compare large sets, or to unite them, goes by their length") {
  std::string parts;
  for (int i = 0; i < 4000; ++i)
    parts += "<p>same beginning " + std::to_string(i) + "</p><q>same beginning " +
             std::to_string(-i - 1) + "</q>";
  const std::string large = event_with("ivo://a.b/c#d", parts);
  CHECK_FALSE(positive("//p = //q", large));
  CHECK(positive("//p != //q", large));
  CHECK_FALSE(positive("//p < //q", large));
  CHECK(positive("count(//p | //q) = 8000", large));
}

TEST_CASE("a tree has no more than so many comments and instructions") {
  const auto with = [](const std::string& remark, int count) {
    return event_with("ivo://a.b/c#d", "<a>x" + times(remark, count) + "y</a>");
  };
  for (const auto& [remark, node] : {std::pair<std::string, std::string>("<!--c-->", "//comment()"),
                                     {"<?c?>", "//processing-instruction()"}}) {
    CHECK(positive("count(" + node + ") = 256", with(remark, most_tree_remarks)));
    CHECK(positive("count(" + node + ") = 256", with(remark, most_tree_remarks + 1)));
    CHECK(positive("count(" + node + ") = 256", with(remark, 100'000)));
    CHECK(positive("//a = 'xy'", with(remark, 100'000)));
    CHECK_FALSE(positive("string(" + node + ") = 'x'", with(remark, 60'000)));
  }
  const std::string in_between = with("<!--c-->t<?p?>", 50'000);
  CHECK_FALSE(positive("string(//text()) = 'z'", in_between));
  CHECK_FALSE(positive("string(//comment()) = 'z'", in_between));
  CHECK(positive("count(//text()) = 130", in_between));
}

TEST_CASE("an element with very many attributes has no tree") {
  const auto with = [](int count) {
    std::string tag = "<a";
    for (int i = 0; i < count; ++i)
      tag += " b" + std::to_string(i) + "=''";
    return event_with("ivo://a.b/c#d", tag + "/>");
  };
  CHECK(positive("count(//a/@*) = 64", with(most_tree_attributes)));
  CHECK_FALSE(EventTree(with(most_tree_attributes + 1)).parsed());
}

TEST_CASE("the time for a filter goes by the event") {
  using std::chrono::milliseconds;
  CHECK(filter_time(0) == milliseconds(10));
  CHECK(filter_time(1'000'000) == milliseconds(30));
  CHECK(filter_time(100'000'000) == milliseconds(100));
}

TEST_CASE("an event that is no XML meets nothing") {
  for (const char* bytes : {"", "<a>", "not XML", "<a:b/>", "\xff\xfe", "<a>&x;</a>",
                            "<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"}) {
    INFO(bytes);
    CHECK_FALSE(EventTree(bytes).parsed());
    CHECK_FALSE(positive("true()", bytes));
  }
}

TEST_CASE("an event may be in any encoding") {
  std::string utf16 = "\xff\xfe";
  for (const char c : std::string("<?xml version='1.0' encoding='UTF-16'?><a b='1'>c</a>"))
    utf16 += {c, '\0'};
  CHECK(positive("/a[@b=1] = 'c'", utf16));
  CHECK(positive("/a = 'h\xc3\xa9'", "<?xml version='1.0' encoding='ISO-8859-1'?><a>h\xe9</a>"));
}

TEST_CASE("one tree is asked many filters, whatever became of those before") {
  EventTree tree(event);
  auto costly = Filter::compile("//*[count(//*[count(//*[count(//*[count(//*)>0])>0])>0])>0]");
  auto failing = Filter::compile("//Param[$x]");
  auto good = Filter::compile("Who/Author");
  for (int i = 0; i < 3; ++i) {
    CHECK(tree.evaluate(**costly).trouble == "takes too long");
    CHECK(tree.evaluate(**failing).trouble == "fails: Undefined variable");
    CHECK(tree.evaluate(**good).positive);
  }
}

TEST_CASE("a filter in use works on an event of megabytes") {
  std::string params;
  for (int i = 0; i < 5'000; ++i)
    params += "\n<Param name='p" + std::to_string(i) + "' value='1' ucd='meta.number;some.more'/>";
  const std::string large = event_with("ivo://a.b/c#d", "<What>" + params + "</What>");
  CHECK(positive("//Param[@name='p4999' and @value>0]", large));
  CHECK_FALSE(positive("//Who/Author[shortName='VO-GCN']", large));
  const std::string map =
      event_with("ivo://a.b/c#d", "<What><Param name='map' value='" + std::string(2'000'000, 'x') +
                                      "'/><Param name='seq' value='41'/></What>");
  CHECK(positive("//Param[@name='seq' and @value>40]", map));
  CHECK(positive("contains(//Param[@name='map']/@value, 'xx')", map));
}

// None of these takes an hour, or a gigabyte: that the test ends is the proof of it.
TEST_CASE("a text of many pieces is not copied for each") {
  const std::string pieces = event_with("ivo://a.b/c#d", times("<a/>0123456789", 10'000));
  const auto as_one_text = [&] { return outcome("string-length(.) >= 100000 and true()", pieces); };
  CHECK(as_one_text().trouble == "");  // all those copies would exceed most_filter_memory
  FilterOutcome elsewhere;             // libxml2 has settings for each thread
  std::thread([&] { elsewhere = as_one_text(); }).join();
  CHECK(elsewhere.trouble == "");
  CHECK(elsewhere.positive);
}

TEST_CASE("a hostile filter on a hostile event is cut short") {
  const std::string many_parts = event_with("ivo://a.b/c#d", times("<p>x<q a='1'/></p>", 30'000));
  const std::string empty_parts =
      event_with("ivo://a.b/c#d", times("<b/>", 5'000) + "<c>" + times("<a/>", 300'000) + "</c>");
  const std::string text =
      event_with("ivo://a.b/c#d", "<t>" + times("ab", 1'000'000) + "</t>" + times("<b/>", 20'000));
  for (const char* expression :
       {"//*[count(//*[count(//*)>0])>0]", "//p[//p = //q]", "//p[//p != //p[2]]", "//p[//p > //q]",
        "//p[(//p | //q)[. = 'y']]", "//p/following::p/preceding::p",
        "//p/following-sibling::*[.='z']", "//p[.//*[.//*[.//*]]]", "//p/..//q/..//q[@a=2]",
        "//*/ancestor-or-self::*[.='y']", "//p[/*[. = /*[. = /*]] = 'y']", "//p[//p < string(/)]",
        "//q/.."}) {
    INFO(expression);
    CHECK(trouble(expression, many_parts) == "takes too long");
  }
  const std::string root_everywhere = "concat(" + times("/,", 2000) + "/)";
  for (const std::string& expression : {std::string("//b[/ > 1]"), root_everywhere})
    CHECK(trouble(expression, empty_parts) == "takes too long");
  for (const std::string& expression :
       {std::string("//b[/ > 1]"), std::string("translate(/, /, /)"), root_everywhere,
        "concat(" + times("string(/),", 400) + "/)",
        "string-length(" + times("concat(", 300) + "/" + times(",/)", 300) + ")",
        std::string("//b[contains(/, concat(substring(/, 1, 1000000), 'z'))]")})
    CHECK(trouble(expression, text) == "takes too long");
  CHECK(trouble(times("//p|", 1000) + "//p", many_parts) == "takes too long");
}

TEST_CASE("a tree and a filter tell how much memory they take") {
  const auto with_params = [](int count) {
    return event_with("ivo://a.b/c#d",
                      "<What>" + times("<Param name='a' value='b'/>", count) + "</What>");
  };
  const auto tree_memory = [](const std::string& document) { return EventTree(document).memory(); };
  const std::size_t few = tree_memory(with_params(1000));
  CHECK(few > 1000 * 4 * 60);  // an element and two attributes, of one text each
  CHECK(few < 1000 * 8 * 150);
  const std::size_t many = tree_memory(with_params(2000));
  CHECK(many > few * 18 / 10);
  CHECK(many < few * 22 / 10);
  CHECK(tree_memory("no XML") < 200);
  CHECK(tree_memory(with_params(1000) + "<") < 200);

  const auto filter_memory = [](const std::string& text) {
    const auto filter = Filter::compile(text);
    REQUIRE(filter);
    return (*filter)->memory();
  };
  const std::size_t small = filter_memory("//Param");
  CHECK(small > 200);
  CHECK(small < 4000);
  const std::size_t large = filter_memory("1" + times("+1", 2000));
  CHECK(large > 4000 * 40);
  CHECK(large < 4000 * 400);
}

TEST_CASE("an expression as deep as it can be does no harm") {
  CHECK(positive(times("(", 400) + "1" + times(")", 400)));
  CHECK(problem(times("(", 2000) + "1" + times(")", 2000)) != "SIGSEGV");
  CHECK(problem(times("//a[", 800) + "1" + times("]", 800)) != "SIGSEGV");
  CHECK(problem(times("not(", 800) + "1" + times(")", 800)) != "SIGSEGV");
  const std::string minus = times("-", 4000) + "1";
  CHECK(positive(minus));
  CHECK(outcome(times("1+", 2000) + "1").trouble == "");
  CHECK_FALSE(positive(times("//a[", 200) + "1" + times("]", 200)));
}

TEST_CASE("an event that is deep and heavy meets nothing") {
  const std::string deep = times("<a>", 250) + std::string(2'000'000, 'x') + times("</a>", 250);
  CHECK_FALSE(EventTree(deep).parsed());
}

}  // namespace vtp
