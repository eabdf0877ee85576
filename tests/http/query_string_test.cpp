#include "lib/http/query_string.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

RequestTarget parsed(std::string_view target) {
  const auto result = RequestTarget::parse(target);
  INFO(target);
  REQUIRE(result);
  return *result;
}

std::string problem(std::string_view target) {
  const auto result = RequestTarget::parse(target);
  return result ? "none" : result.problem();
}

TEST_CASE("a target has a path and parameters, both decoded") {
  CHECK(parsed("/").path == "/");
  CHECK(parsed("/a%20b+c").path == "/a b+c");
  const auto target = parsed("/x?stream=ivo%3A%2F%2Fa.b%2fc&role=test&text=a+b%2Bc&empty=&none");
  CHECK(target.path == "/x");
  CHECK(target.parameters == std::map<std::string, std::string>{{"stream", "ivo://a.b/c"},
                                                                {"role", "test"},
                                                                {"text", "a b+c"},
                                                                {"empty", ""},
                                                                {"none", ""}});
  CHECK(parsed("/x?&&a=1&").parameters.size() == 1);
  CHECK(parsed("/x?a=b=c").parameters.at("a") == "b=c");
  CHECK(parsed("/%E2%98%89").path == "/☉");
}

TEST_CASE("a target with a host is the same as one without") {
  CHECK(parsed("http://host:80/a?b=c").path == "/a");
  CHECK(parsed("http://host/a?b=c").parameters.at("b") == "c");
  CHECK(parsed("HTTP://host/a").path == "/a");
  CHECK(parsed("hTTps://host/a").path == "/a");
  CHECK(host_in_target("http://host:80/a?b=c") == "host:80");
  CHECK(host_in_target("HTTP://evil.example/a") == "evil.example");
  CHECK(host_in_target("https://host") == "host");
  CHECK(host_in_target("/a?b=http://c/").empty());
}

TEST_CASE("what a target may not have is refused with the reason") {
  for (const char* wrong : {"/%", "/%4", "/%zz", "/x?a=%", "/x?%g0=1", "/x?a=1%2"})
    CHECK(problem(wrong).starts_with("wrong percent-encoding"));
  for (const char* wrong : {"/%00", "/x?a=%00", "/x?a=%0a", "/x?a%7f=1"})
    CHECK(problem(wrong).starts_with("a control character"));
  for (const char* wrong : {"/%ff", "/x?a=%C0%80", "/x?a=%ED%A0%80"})
    CHECK(problem(wrong).starts_with("not UTF-8"));
  CHECK(problem("/x?a=1&b=2&a=3") == "a is given twice");
  CHECK(problem("/x?a=1&%61=3") == "a is given twice");
  CHECK(problem("/x?=1") == "a parameter has no name");
  CHECK(problem("/x#y") == "a fragment (#) is not part of a request");
  for (const char* wrong : {"", "*", "x", "?a=1", "http://host"})
    CHECK(problem(wrong).starts_with("not a path"));
  std::string many = "/x?";
  for (int i = 0; i < 33; ++i)
    many += "p" + std::to_string(i) + "=1&";
  CHECK(problem(many) == "more than 32 parameters");
}

}  // namespace
}  // namespace vtp
