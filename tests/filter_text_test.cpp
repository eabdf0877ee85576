#include "lib/filter_text.h"

#include "tests/catch.h"

namespace vtp {

TEST_CASE("what cannot look at pairs of nodes is left alone") {
  for (const char* plain :
       {"", "//Param[@name='seq' and @value>40]", "//Who/Author[shortName=\"VO-GCN\"]",
        "//How[contains(Description, 'Swift')] or //Param[40 < @value]", "child::Who/@*",
        "/*[local-name()='VOEvent' and @role!='test']", "'//a = //b | x'", "//a = .5",
        "count(//Param) >= 3", "//a and //b", "2 * //a", "//a[//b]", "self::*[attribute::x='1']"}) {
    INFO(plain);
    CHECK_FALSE(may_pair_nodes(plain));
  }
}

TEST_CASE("what may look at pairs of nodes is found") {
  for (const char* pairing :
       {"//a=//b", "//a < string(/)", "//a[. != ../b]", "(//a)=(//b)", "//a<=//b", "a|b", "//a//b",
        "a[1]//b", "*//b", ".//b", "/and//b", "@or//b", "(a)//b", "//a/following::b",
        "//a/ancestor :: b", "position() = last()", "'=' = 'x' or //a = //b", "a=..",
        "1=1 or .=."}) {
    INFO(pairing);
    CHECK(may_pair_nodes(pairing));
  }
}

}  // namespace vtp
