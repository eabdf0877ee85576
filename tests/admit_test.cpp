#include "lib/admit.h"

#include "tests/catch.h"

namespace vtp {
namespace {

CheckResult checked(Verdict verdict, std::string ivorn, bool is_voevent = true) {
  CheckResult check;
  check.verdict = verdict;
  check.is_voevent = is_voevent;
  check.headline.ivorn = std::move(ivorn);
  if (verdict != Verdict::valid) {
    check.line = 12;
    check.reason = "element Who: unexpected child Foo";
  }
  return check;
}

Judgement judged(const CheckResult& check, std::string_view document = "<x/>") {
  return judge_from_author(check, document);
}

}  // namespace

TEST_CASE("a valid event with an ivorn that names it is accepted") {
  CHECK(judged(checked(Verdict::valid, "ivo://a.b/c#1")).admission == Admission::accept);
  CHECK(judged(checked(Verdict::valid, "ivo://a.b/c?1")).admission == Admission::accept);
}

TEST_CASE("an event that breaks a rule is refused with the line and the reason") {
  for (const Verdict verdict : {Verdict::invalid, Verdict::dtd, Verdict::other}) {
    const auto judgement = judged(checked(verdict, "ivo://a.b/c#1"));
    CHECK(judgement.admission == Admission::refuse);
    CHECK(rejection(judgement.reason) ==
          "Event rejected: line 12: element Who: unexpected child Foo");
  }
  CHECK(judged(checked(Verdict::malformed, "ivo://a.b/c#1")).reason ==
        "line 12: not well-formed XML: element Who: unexpected child Foo");
}

TEST_CASE("an ivorn that is no IVOID, or names no event, is refused") {
  CHECK(judged(checked(Verdict::valid, "urn:x")).reason ==
        "ivorn urn:x is not an IVOID: it does not begin with ivo://");
  CHECK(judged(checked(Verdict::valid, "ivo://a.b/c")).reason ==
        "No per-event local ID in ivorn ivo://a.b/c (after # or ?)");
  CHECK(judged(checked(Verdict::valid, "")).admission == Admission::refuse);
}

TEST_CASE("a NUL byte is refused, unless the encoding is one of wide characters") {
  const CheckResult check = checked(Verdict::valid, "ivo://a.b/c#1");
  using namespace std::string_view_literals;
  for (const std::string_view document : {"<voe/>\0"sv, "<voe/>\0<more/>"sv})
    CHECK(judged(check, document).reason == "not well-formed XML: it has a NUL byte in it");
  for (const std::string_view document : {"<\0v\0/\0>\0"sv, "\xFE\xFF\0<\0v"sv, "\0\0\0<"sv})
    CHECK(judged(check, document).admission == Admission::accept);
}

TEST_CASE("what is not a VOEvent gets no answer, and the log a reason") {
  const auto judgement = judged(checked(Verdict::other, "", false));
  CHECK(judgement.admission == Admission::ignore);
  CHECK_FALSE(judgement.reason.empty());
}

TEST_CASE("from upstream all is taken that is well-formed and a VOEvent with an ivorn") {
  const auto admission = [](const CheckResult& check, std::string_view document = "<x/>") {
    return judge_from_upstream(check, document).admission;
  };
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid, Verdict::other})
    CHECK(admission(checked(verdict, "urn:any")) == Admission::accept);
  for (const Verdict verdict : {Verdict::malformed, Verdict::dtd})
    CHECK(admission(checked(verdict, "ivo://a.b/c#1")) == Admission::ignore);
  CHECK(admission(checked(Verdict::other, "ivo://a.b/c#1", false)) == Admission::ignore);
  CHECK(admission(checked(Verdict::valid, "ivo://a.b/c#1"), std::string_view("<x/>\0", 5)) ==
        Admission::ignore);
  CHECK(judge_from_upstream(checked(Verdict::valid, ""), "<x/>").reason ==
        "the VOEvent has no ivorn");
}

}  // namespace vtp
