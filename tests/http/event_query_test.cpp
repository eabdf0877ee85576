#include "lib/http/event_query.h"

#include "lib/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Parameters = std::map<std::string, std::string>;

EventQuery query(const Parameters& parameters) {
  const auto result = event_query_in(parameters, TestClock().now());
  REQUIRE(result);
  return *result;
}

std::string problem(const std::string& name, const std::string& value) {
  const auto result = event_query_in({{name, value}}, TestClock().now());
  return result ? "none" : result.problem();
}

TEST_CASE("without parameters, the newest events are asked for") {
  const EventQuery all = query({});
  CHECK(all.limit == 100);
  CHECK(all.query.order == FoundOrder::newest);
  CHECK_FALSE(all.query.since);
  CHECK_FALSE(all.query.most);
}

TEST_CASE("each parameter is a part of the query") {
  using std::chrono::hours;
  const Time now = TestClock().now();
  const EventQuery all = query({{"since", "2h"},
                                {"until", "1h"},
                                {"observed_since", "2026-11-20"},
                                {"observed_until", "2026-11-20T12:00:00Z"},
                                {"stream", "ivo://a.b/c"},
                                {"role", "test"},
                                {"author", "ivo://a.b"},
                                {"ivorn", "ivo://a.b/c#1"},
                                {"concept", "x;y"},
                                {"cone", "5h34m31.9s,+22d00m52s,90"},
                                {"cites", "ivo://a.b/c#2"},
                                {"cited_by", "ivo://a.b/c#3"},
                                {"limit", "1000"},
                                {"cursor", "1f"}});
  const Query& found = all.query;
  CHECK(found.since == now - hours(2));
  CHECK(found.until == now - hours(1));
  CHECK(found.observed_since == parse_time("2026-11-20").value());
  CHECK(*found.observed_until - *found.observed_since == hours(12));
  CHECK(found.stream == "ivo://a.b/c");
  CHECK(found.role == "test");
  CHECK(found.author == "ivo://a.b");
  CHECK(found.ivorn == "ivo://a.b/c#1");
  CHECK(found.concept_ == "x;y");
  CHECK(found.cone == parse_cone("5h34m31.9s,+22d00m52s,90").value());
  CHECK(found.cites == "ivo://a.b/c#2");
  CHECK(found.cited_by == "ivo://a.b/c#3");
  CHECK(all.limit == 1000);
  CHECK(found.before == Sequence{31});
  CHECK(cursor_after(31) == "1f");
}

TEST_CASE("a wrong value is refused with the parameter's name") {
  CHECK(problem("since", "yesterday").starts_with("since: "));
  CHECK(problem("until", "").starts_with("until: "));
  CHECK(problem("observed_since", "2026-13-01").starts_with("observed_since: "));
  CHECK(problem("observed_until", "x").starts_with("observed_until: "));
  for (const char* name :
       {"since", "until", "observed_since", "observed_until", "stream", "role", "author", "ivorn",
        "concept", "cone", "cites", "cited_by", "limit", "cursor"})
    CHECK(problem(name, "") == std::string(name) + ": it is empty");
  CHECK(problem("role", "Test") == "role: Test is not observation, prediction, utility or test");
  CHECK(problem("role", "") == "role: it is empty");
  for (const char* wrong :
       {"", "1,2", "1,2,3,4", "400,0,1", "0,91,1", "0,0,181", "a,b,c", "nan,0,1"})
    CHECK(problem("cone", wrong).starts_with("cone: "));
  for (const std::string wrong : {"0", "-1", "1.5", "1001", "10 ", "0x10", "99999999999999999999"})
    CHECK(problem("limit", wrong) == "limit: " + wrong + " is not a number from 1 to 1000");
  for (const char* wrong : {"g", "-1", "0x1", "1F", "01", " 1", "11111111111111111"})
    CHECK(problem("cursor", wrong).ends_with(" is not the next of an answer"));
  CHECK(problem("sort", "time") == "there is no parameter sort");
  CHECK(problem("Since", "1h") == "there is no parameter Since");
}

TEST_CASE("a time that begins after its end is refused") {
  const auto refused = [](const Parameters& parameters) {
    const auto result = event_query_in(parameters, TestClock().now());
    return result ? "none" : result.problem();
  };
  CHECK(refused({{"since", "1h"}, {"until", "2h"}}) == "since: it is later than until");
  CHECK(refused({{"observed_since", "2026-11-21"}, {"observed_until", "2026-11-20"}}) ==
        "observed_since: it is later than observed_until");
  CHECK(refused({{"since", "2026-11-20"}, {"until", "2026-11-20"}}) == "none");
  CHECK(refused({{"since", "1h"}, {"observed_until", "2h"}}) == "none");
}

// As they are after decoding: a plus sign in a URL is a space.
TEST_CASE("a cone in a URL may have plus signs") {
  for (const char* text : {"83.63, 22.01,5", "83.63 22.01 5", "83.63  22.01 5deg"})
    CHECK(query({{"cone", text}}).query.cone == Cone{83.63, 22.01, 5});
}

}  // namespace
}  // namespace vtp
