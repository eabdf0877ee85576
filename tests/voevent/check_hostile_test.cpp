#include <cstddef>
#include <malloc.h>
#include <string>

#include <fmt/format.h>

#include "tests/voevent/check_fixture.h"

namespace vtp::test {

TEST_CASE("a document type declaration is refused, and the event still known") {
  Checker checker;
  for (const char* dtd :
       {"<!DOCTYPE a>", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]>", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]>",
        "<!DOCTYPE a [<!ATTLIST Param dataType CDATA 'int'>]>"}) {
    INFO(dtd);
    const CheckResult& result = checker.check(dtd + event("<Foo/>"));
    CHECK(result.verdict == Verdict::dtd);
    CHECK(result.reason == "a document type declaration is not allowed");
    CHECK(result.line == 1);
    CHECK(result.is_voevent);
    CHECK(result.headline.ivorn == "ivo://a/b#c");
  }
  CHECK(verdict("<!DOCTYPE a>" + event("<Foo>")) == Verdict::malformed);
  CHECK(verdict("<!DOCTYPE a><a/>") == Verdict::dtd);
}

TEST_CASE("no entity is expanded, however it is declared") {
  std::string laughs = "<!DOCTYPE a [<!ENTITY e0 'ha'>";
  for (int i = 0; i < 40; ++i)
    laughs += fmt::format("<!ENTITY e{} '&e{};&e{};&e{};'>", i + 1, i, i, i);
  const std::string inner = "<Description>&e40;</Description><Reference uri='&e40;&e40;'/>";
  Checker checker;
  const CheckResult& result = checker.check(laughs + "]>" + event(inner));
  CHECK(result.verdict == Verdict::dtd);
  CHECK(result.headline.ivorn == "ivo://a/b#c");

  // 1,000 references to 10 kB, and an entity of another file.
  std::string references;
  for (int i = 0; i < 1000; ++i)
    references += "&big;&file;";
  CHECK(verdict("<!DOCTYPE a [<!ENTITY big '" + std::string(10'000, 'x') +
                "'><!ENTITY file SYSTEM 'file:///etc/passwd'>]>" + event(references)) ==
        Verdict::dtd);
}

TEST_CASE("a document that would cost more than its length is cut short") {
  std::string attributes;
  std::string namespaces;
  std::string values;
  for (int i = 0; i < 100'000; ++i) {
    attributes += fmt::format(" a{}=''", i);
    namespaces += fmt::format(" xmlns:a{}='urn:{}'", i, i);
    values += fmt::format("a{}|", i);
  }
  CHECK(reason(event("<What" + attributes + "/>")) == "too many attributes in one element");
  CHECK(reason(event("<What" + namespaces + "/>")) == "too many namespace declarations");
  CHECK(verdict("<!DOCTYPE a [<!ATTLIST a b (" + values + "z) #IMPLIED>]>" + event("")) ==
        Verdict::dtd);
  std::string names;
  for (int i = 0; i < 100'000; ++i)
    names += fmt::format("<a{}/>", i);
  CHECK(reason(event(names)) == "too many different names");
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  CHECK(verdict(event(deep)) == Verdict::malformed);
}

TEST_CASE("after an error that decides, or many in namespaces, no more is read") {
  std::string prefixes;
  for (int i = 0; i < 10'000; ++i)
    prefixes += "<a:b/>";
  const std::string who = "<Who><AuthorIVORN>ivo://a.b/c</AuthorIVORN></Who>";
  Checker checker;
  const CheckResult& result = checker.check(event("<a:b/>" + who));
  CHECK(result.verdict == Verdict::malformed);
  CHECK(result.headline.author == "ivo://a.b/c");
  (void)checker.check(event(prefixes + who));
  CHECK(result.verdict == Verdict::malformed);
  CHECK(result.line == 1);
  CHECK(result.headline.author.empty());
  CHECK(result.headline.ivorn == "ivo://a/b#c");
  CHECK(checker.check(event(who)).verdict == Verdict::valid);
}

TEST_CASE("a costly document does not count against the next") {
  std::string attributes;
  for (int i = 0; i < 900; ++i)
    attributes += fmt::format(" a{}=''", i);
  Checker checker;
  for (const std::string& costly :
       {"<a" + attributes + "/>", "<a" + std::string(attributes, 0, 3000) + "/>",
        "<!DOCTYPE a [<!ENTITY b '" + std::string(50'000, 'x') + "'>]><a/>"}) {
    (void)checker.check(costly);
    CHECK(checker.check(event("<Description>" + std::string(20'000, 'x') + "</Description>"))
              .verdict == Verdict::valid);
  }
}

TEST_CASE("memory does not grow with the number of events") {
  Checker checker;
  int number = 0;
  // Names, identifiers and namespaces that have not been before, and errors of every kind.
  const auto check_many = [&](int count) {
    for (; count > 0; --count, ++number) {
      const std::string odd =
          fmt::format("<n{} a{}='' xmlns:p{}='urn:{}'/>", number, number, number, number);
      (void)checker.check(event("<Description>" + odd + "</Description>"));
      (void)checker.check(event(odd + "<"));
      (void)checker.check("<!DOCTYPE a [<!ENTITY e" + std::to_string(number) + " 'x'>]>" +
                          event(odd));
      (void)checker.check(event(""));
    }
    return mallinfo2().uordblks;
  };
  const std::size_t before = check_many(3000);
  const std::size_t after = check_many(9000);
  CHECK(after < before + 300'000);
}

}  // namespace vtp::test
