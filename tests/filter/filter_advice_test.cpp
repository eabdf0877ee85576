#include "lib/filter/filter_advice.h"

#include "lib/filter/filter.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

bool tells(const std::string& expression, const std::string& part) {
  const std::string fault = fault_in_filter(expression);
  INFO(expression << ": " << fault);
  return fault.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a prefix is a fault, with the name that it is written for by local-name()") {
  CHECK(fault_in_filter("//voe:VOEvent") ==
        "the prefix voe is not defined (filters have none), so voe:VOEvent matches nothing; write "
        "*[local-name()=\"VOEvent\"]");
  CHECK(tells("/voe:VOEvent/Who", "write *[local-name()=\"VOEvent\"]"));
  CHECK(tells("//Param or //stc:C1 > 3", "stc:C1"));
  CHECK(tells("//Reference[@xlink:href='x']", "write @*[local-name()=\"href\"]"));
  CHECK(tells("//*[attribute::xlink:type]", "write @*[local-name()=\"type\"]"));
  CHECK(tells("child::voe:*", "local-name()"));
  CHECK(tells("//Param[re:test(@name, 'x')]", "so re:test matches nothing; there are only the"));
}

TEST_CASE("a function that XPath 1.0 does not have is a fault, and so is a variable") {
  CHECK(tells("matches(//Description, 'x.*')", "XPath 1.0 has no function matches()"));
  CHECK(tells("//Param[lower-case(@name)='x']", "lower-case()"));
  CHECK(tells("//Param[@name=$name]", "there are no variables in filters, so $name fails"));
  CHECK(tells("contains(//Who)", "the function contains() takes 2 argument(s), not 1"));
  CHECK(tells("not()", "takes 1 argument(s), not 0"));
  CHECK(tells("substring(//a[f(1, 2)], 1, 2, 3)", "takes 2 or 3 argument(s), not 4"));
  CHECK(tells("concat('a')", "takes 2 or more argument(s), not 1"));
}

TEST_CASE("what can match has no fault") {
  for (const char* good : {"//Who/Author[shortName=\"VO-GCN\"]",
                           "//How[contains(Description, \"Swift\")]",
                           "/*[local-name()=\"VOEvent\" and @role!=\"test\"]",
                           "name() = 'voe:VOEvent'",
                           "child::node()",
                           "//text()",
                           "//processing-instruction('x')",
                           "//comment() or (//Who)",
                           "//a and (//b)",
                           "//*[@xml:lang='en']",
                           "substring('a,b)', 1, (2))",
                           "'matches(x)'",
                           "concat('a', 'b', (//c | //d), substring('e', 1, 2))",
                           "ancestor::Who",
                           "2 * (3)",
                           "//a div (2)",
                           "div",
                           "contains(translate(//Description, 'EST', 'est'), 'test')",
                           "position() = 1 and last() = 1",
                           "true() or false() or lang('en') or id('x')"}) {
    INFO(good);
    CHECK(fault_in_filter(good) == "");
    CHECK(doubt_about_filter(good) == "");
    CHECK(Filter::check(good));
  }
}

TEST_CASE("a step VOEvent without a prefix is doubted") {
  for (const char* doubtful :
       {"/VOEvent", "/VOEvent/Who/Author", "//VOEvent", "VOEvent[@role='test']", "self::VOEvent",
        "/child::VOEvent/What", "//Param or /VOEvent/@role='test'", "//Who[parent::VOEvent]"}) {
    INFO(doubtful);
    CHECK(fault_in_filter(doubtful) == "");
    CHECK(doubt_about_filter(doubtful).find("write *[local-name()=\"VOEvent\"]") !=
          std::string::npos);
  }
  for (const char* good : {"/*[local-name()='VOEvent']", "//@VOEvent", "//*[attribute::VOEvent]",
                           "'VOEvent'", "//VOEventX", "@role='VOEvent'"})
    CHECK(doubt_about_filter(good) == "");
}

TEST_CASE("a filter of our own that can only fail is refused, and from elsewhere it is as it was") {
  for (const char* faulty : {"//voe:VOEvent", "matches(//Who, 'x')", "$x", "contains('a')",
                             "count('x') > 1", "sum(//Param) > count(3)"}) {
    INFO(faulty);
    CHECK_FALSE(Filter::check(faulty));
    auto filter = Filter::compile(faulty);
    REQUIRE(filter);
    CHECK_FALSE(EventTree(valid_event("ivo://a.b/c#1")).evaluate(**filter).positive);
  }
}

}  // namespace vtp
