#include "lib/voevent/acceptance.h"

#include "lib/vtp/nak_reasons.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

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
  CHECK(judged(checked(Verdict::valid, "ivo://a.b/c#1")).acceptance == Acceptance::accept);
  CHECK(judged(checked(Verdict::valid, "ivo://a.b/c?1")).acceptance == Acceptance::accept);
}

TEST_CASE("an event that breaks a rule is refused with the line and the reason") {
  for (const Verdict verdict : {Verdict::invalid, Verdict::dtd, Verdict::other}) {
    const auto judgement = judged(checked(verdict, "ivo://a.b/c#1"));
    CHECK(judgement.acceptance == Acceptance::refuse);
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
  CHECK(judged(checked(Verdict::valid, "")).acceptance == Acceptance::refuse);
}

TEST_CASE("what a stream would take for more than one document is refused by everybody") {
  const CheckResult check = checked(Verdict::valid, "ivo://a.b/c#1");
  using namespace std::string_view_literals;
  const auto refused = [&](std::string_view document, std::string_view reason) {
    CHECK(judged(check, document).acceptance == Acceptance::refuse);
    CHECK(judged(check, document).reason == reason);
    CHECK(judge_from_upstream(check, document).acceptance == Acceptance::ignore);
    CHECK(obstacle_in(check, document) == reason);
  };
  // A NUL, in UTF-8, in UTF-16 behind the root and before its end, in UTF-16 without its mark, in UTF-32.
  for (const std::string_view document :
       {"<voe/>\0"sv, "<voe/>\0<more/>"sv, "\xFF\xFE<\0v\0/\0>\0\0\0"sv,
        "\xFF\xFE<\0v\0/\0>\0\0\0<\0b\0/\0>\0"sv, "\xFE\xFF\0<\0v\0\0\0/\0>"sv, "<\0v\0/\0>\0"sv,
        "\0<\0v\0/\0>"sv, "\0\0\0<"sv, "\0\0\xFE\xFF\0\0\0<"sv, "\xFF\xFE\0\0<\0\0\0"sv})
    refused(document, "not well-formed XML: it has a NUL byte in it");
  refused("\xFF\xFE<\0v\0/\0>\0\0"sv,
          "not well-formed XML: it is UTF-16 with an odd number of bytes");
}

TEST_CASE("UTF-16 with its byte-order mark is taken") {
  const CheckResult check = checked(Verdict::valid, "ivo://a.b/c#1");
  using namespace std::string_view_literals;
  // U+0100 and U+0001 beside each other are no NUL.
  for (const std::string_view document :
       {"\xFF\xFE<\0v\0/\0>\0"sv, "\xFE\xFF\0<\0v\0/\0>"sv, "\xFF\xFE<\0v\0/\0>\0\x01\0\0\x01"sv}) {
    CHECK(judged(check, document).acceptance == Acceptance::accept);
    CHECK(judge_from_upstream(check, document).acceptance == Acceptance::accept);
  }
}

TEST_CASE("an ivorn is so long at most") {
  const std::string longest = "ivo://a.b/c#" + std::string(longest_ivorn - 12, 'x');
  CHECK(judged(checked(Verdict::valid, longest)).acceptance == Acceptance::accept);
  CHECK(judge_from_upstream(checked(Verdict::invalid, longest), "").acceptance ==
        Acceptance::accept);
  const CheckResult too_long = checked(Verdict::valid, longest + "x");
  CHECK(judged(too_long).acceptance == Acceptance::refuse);
  CHECK(judged(too_long).reason == "the ivorn is longer than 1024 bytes");
  CHECK(judge_from_upstream(too_long, "").reason == "the ivorn is longer than 1024 bytes");
}

TEST_CASE("of a real event with such an ivorn as much") {
  Checker checker;
  const auto judgement = [&](std::size_t size) {
    const std::string document = valid_event("ivo://a.b/c#" + std::string(size - 12, 'x'));
    return judge_from_author(checker.check(document), document);
  };
  CHECK(judgement(longest_ivorn).acceptance == Acceptance::accept);
  CHECK(judgement(longest_ivorn + 1).reason == "the ivorn is longer than 1024 bytes");
  CHECK(judgement(70'000).reason == "the ivorn is longer than 1024 bytes");
}

TEST_CASE("a VOEvent in a namespace of no version may be relayed, and is invalid from an author") {
  for (const char* declaration : {"", " xmlns='https://www.ivoa.net/xml/VOEvent/v2.0'"}) {
    const std::string event =
        std::string("<VOEvent") + declaration + " ivorn='ivo://a.b/c#1' role='test'/>";
    Checker checker;
    const CheckResult& check = checker.check(event);
    CHECK(judge_from_upstream(check, event).acceptance == Acceptance::accept);
    CHECK(obstacle_in(check, event).empty());
    const Judgement from_author = judge_from_author(check, event);
    CHECK(from_author.acceptance == Acceptance::refuse);
    CHECK(from_author.reason.find("not a VOEvent 2.0 or 2.1") != std::string::npos);
  }
  const std::string nameless = "<VOEvent role='test'/>";
  Checker checker;
  CHECK(obstacle_in(checker.check(nameless), nameless) == "the VOEvent has no ivorn");
}

TEST_CASE("what is not a VOEvent gets no answer, and the log a reason") {
  const auto judgement = judged(checked(Verdict::other, "", false));
  CHECK(judgement.acceptance == Acceptance::ignore);
  CHECK_FALSE(judgement.reason.empty());
}

TEST_CASE("from upstream all is taken that is well-formed and a VOEvent with an ivorn") {
  const auto acceptance = [](const CheckResult& check, std::string_view document = "<x/>") {
    return judge_from_upstream(check, document).acceptance;
  };
  for (const Verdict verdict : {Verdict::valid, Verdict::invalid, Verdict::other})
    CHECK(acceptance(checked(verdict, "urn:any")) == Acceptance::accept);
  for (const Verdict verdict : {Verdict::malformed, Verdict::dtd})
    CHECK(acceptance(checked(verdict, "ivo://a.b/c#1")) == Acceptance::ignore);
  CHECK(acceptance(checked(Verdict::other, "ivo://a.b/c#1", false)) == Acceptance::ignore);
  CHECK(acceptance(checked(Verdict::valid, "ivo://a.b/c#1"), std::string_view("<x/>\0", 5)) ==
        Acceptance::ignore);
  CHECK(judge_from_upstream(checked(Verdict::valid, ""), "<x/>").reason ==
        "the VOEvent has no ivorn");
}

}  // namespace vtp
