#include "lib/filter/filter_text.h"

#include "tests/support/catch.h"

namespace vtp {

TEST_CASE("what cannot look at pairs of nodes is left alone") {
  for (const char* plain :
       {"", "//a=//b", "(a|b)", "..", "../a", "//a[../b]", "//Param[@name='seq' and @value>40]",
        "//Who/Author[shortName=\"VO-GCN\"]",
        "//How[contains(Description, 'Swift')] or //Param[40 < @value]", "child::Who/@*",
        "/*[local-name()='VOEvent' and @role!='test']", "'//a = //b | x'", "//a = .5",
        "count(//Param) >= 3", "//a and //b", "2 * //a", "//a[//b]", "self::*[attribute::x='1']"}) {
    INFO(plain);
    CHECK_FALSE(may_pair_nodes(plain));
  }
}

TEST_CASE("what may come upon a node again and again is found") {
  for (const char* pairing :
       {"//a//b", "a[1]//b", "*//b", ".//b", "/and//b", "@or//b", "(a)//b", "//a/following::b",
        "//a/ancestor :: b", "//a/..", "//a//..", "'=' = 'x' or //a/../c"}) {
    INFO(pairing);
    CHECK(may_pair_nodes(pairing));
  }
}

namespace {

// With op- for the prefix, and without white space before it.
std::string rewritten(std::string_view expression) {
  auto text = with_operator_functions(expression);
  if (!text) return "nothing";
  const std::string call = " " + std::string(operator_prefix);
  for (std::size_t at; (at = text->find(call)) != std::string::npos;)
    text->replace(at, call.size(), "op-");
  return *text;
}

}  // namespace

TEST_CASE("operators on what may be sets become calls, those on constants stay") {
  CHECK(rewritten("a=b") == "op-equal(a,b)");
  CHECK(rewritten(" a != b ") == "op-unequal( a, b)");
  CHECK(rewritten("a<b") == "op-less(a,b)");
  CHECK(rewritten("a<=b") == "op-less-equal(a,b)");
  CHECK(rewritten("a>b") == "op-greater(a,b)");
  CHECK(rewritten("a>=b") == "op-greater-equal(a,b)");
  CHECK(rewritten("a|b") == "op-union(a,b)");
  for (const char* same :
       {"", "a", "//Param[@name='seq' and @value>40]", "40 < @value", "'a|b' = a", ".5=a",
        "a * b - -c + d", "* * *", "count(//*) > 3", "a[1][@b]/c", "/", "@*", "a:b", "a-b",
        "processing-instruction('x')", "and and or or div", "..", "$a"}) {
    INFO(same);
    CHECK(rewritten(same) == same);
  }
}

TEST_CASE("operators bind as XPath has it") {
  CHECK(rewritten("a=b=c") == "op-equal(op-equal(a,b),c)");
  CHECK(rewritten("a=1=c") == "op-equal(a=1,c)");
  CHECK(rewritten("a=b<c") == "op-equal(a,op-less(b,c))");
  CHECK(rewritten("a+b=c*d|e") == "op-equal(a+b,c*op-union(d,e))");
  CHECK(rewritten("a=b and c=d or e=f") == "op-equal(a,b) andop-equal( c,d) orop-equal( e,f)");
  CHECK(rewritten("-a|b") == "-op-union(a,b)");
  CHECK(rewritten("a mod b=div") == "op-equal(a mod b,div)");
  CHECK(rewritten("a=b|c|d/e") == "op-equal(a,op-union(op-union(b,c),d/e))");
}

TEST_CASE("what is in brackets is looked at as well") {
  CHECK(rewritten("f(a=b,c|d)[e=f]/g[h[i=j]]") ==
        "f(op-equal(a,b),op-union(c,d))[op-equal(e,f)]/g[h[op-equal(i,j)]]");
  CHECK(rewritten("(a|b)=(c)") == "op-equal((op-union(a,b)),(c))");
  CHECK(rewritten("last()=position()") == "op-equal(last(),position())");
}

TEST_CASE("what only libxml2 understands, or what is ours, is not rewritten") {
  for (const char* odd :
       {"1 and2", "a andb", "1 div2", "a b", "(a", "a)", "vtp-operator-equal(a,b)"}) {
    INFO(odd);
    CHECK(rewritten(odd) == "nothing");
  }
}

}  // namespace vtp
