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

}  // namespace

TEST_CASE("a valid event with an ivorn that names it is accepted") {
  CHECK(judge_from_author(checked(Verdict::valid, "ivo://a.b/c#1")).admission == Admission::accept);
  CHECK(judge_from_author(checked(Verdict::valid, "ivo://a.b/c?1")).admission == Admission::accept);
}

TEST_CASE("an event that breaks a rule is refused with the line and the reason") {
  for (const Verdict verdict : {Verdict::invalid, Verdict::dtd, Verdict::other}) {
    const auto judgement = judge_from_author(checked(verdict, "ivo://a.b/c#1"));
    CHECK(judgement.admission == Admission::refuse);
    CHECK(rejection(judgement.reason) ==
          "Event rejected: line 12: element Who: unexpected child Foo");
  }
  CHECK(judge_from_author(checked(Verdict::malformed, "ivo://a.b/c#1")).reason ==
        "line 12: not well-formed XML: element Who: unexpected child Foo");
}

TEST_CASE("an ivorn that is no IVOID, or names no event, is refused") {
  CHECK(judge_from_author(checked(Verdict::valid, "urn:x")).reason ==
        "ivorn urn:x is not an IVOID: it does not begin with ivo://");
  CHECK(judge_from_author(checked(Verdict::valid, "ivo://a.b/c")).reason ==
        "No per-event local ID in ivorn ivo://a.b/c (after # or ?)");
  CHECK(judge_from_author(checked(Verdict::valid, "")).admission == Admission::refuse);
}

TEST_CASE("what is not a VOEvent gets no answer, and the log a reason") {
  const auto judgement = judge_from_author(checked(Verdict::other, "", false));
  CHECK(judgement.admission == Admission::ignore);
  CHECK_FALSE(judgement.reason.empty());
}

}  // namespace vtp
