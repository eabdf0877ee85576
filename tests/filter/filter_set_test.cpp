#include "lib/filter/filter_set.h"

#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

using Lines = std::vector<std::string>;

const std::string event = valid_event("ivo://a.b/c#d");

FilterSet set_of(const Lines& texts, FilterPool& pool) {
  FilterSet set;
  CHECK(set.set(texts, pool).empty());
  return set;
}

}  // namespace

TEST_CASE("an event is sent if there are no filters or at least one is positive") {
  FilterPool pool;
  EventMatcher matcher(event);
  CHECK(matcher.matches(FilterSet(), nullptr));
  CHECK(matcher.evaluated() == 0);
  CHECK(matcher.matches(set_of({"//Nothing", "//Who"}, pool), nullptr));
  CHECK_FALSE(matcher.matches(set_of({"//Nothing", "false()"}, pool), nullptr));
}

TEST_CASE("an event that cannot be parsed is for those who set no filters") {
  FilterPool pool;
  EventMatcher matcher("<a>");
  CHECK(matcher.matches(FilterSet(), nullptr));
  CHECK_FALSE(matcher.matches(set_of({"true()"}, pool), nullptr));
}

TEST_CASE("the same text on many subscribers is one filter, evaluated once an event") {
  FilterPool pool;
  std::vector<FilterSet> subscribers;
  for (int i = 0; i < 100; ++i)
    subscribers.push_back(set_of({"//Nothing", "//Who[" + std::to_string(i % 2) + "]"}, pool));
  CHECK(pool.size() == 3);
  CHECK(subscribers[0].filters()[0] == subscribers[1].filters()[0]);
  EventMatcher matcher(event);
  int sent = 0;
  for (const FilterSet& subscriber : subscribers)
    sent += matcher.matches(subscriber, nullptr) ? 1 : 0;
  CHECK(sent == 50);
  CHECK(matcher.evaluated() == 3);
}

TEST_CASE("a pool forgets what nobody holds") {
  FilterPool pool;
  const FilterSet held = set_of({"//Who"}, pool);
  for (int i = 0; i < 1000; ++i)
    CHECK(pool.get("//Param[" + std::to_string(i) + "]"));
  CHECK(pool.size() <= 32);
  CHECK(pool.get("//Who").value() == held.filters()[0]);
}

TEST_CASE("a matcher that stays does not keep the filters that it was asked") {
  FilterPool pool;
  EventMatcher matcher(event);
  std::weak_ptr<Filter> asked;
  {
    const FilterSet gone = set_of({"//Who"}, pool);
    asked = gone.filters()[0];
    CHECK(matcher.matches(gone, nullptr));
  }
  CHECK(asked.expired());
  CHECK(matcher.evaluated() == 1);
}

TEST_CASE("what filters said stays known without the tree") {
  FilterPool pool;
  EventMatcher matcher(event);
  const FilterSet set = set_of({"//Who"}, pool);
  CHECK(matcher.matches(set, nullptr));
  matcher.drop_tree();
  CHECK(matcher.matches(set, nullptr));
  CHECK(matcher.matches(set_of({"//Who[1]"}, pool), nullptr));
  CHECK(matcher.evaluated() == 2);
}

TEST_CASE("what does not compile is ignored with a line, and the rest is kept") {
  FilterPool pool;
  FilterSet set;
  const Lines lines = set.set({"//Who[", "//Who", std::string(5000, 'x')}, pool);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "filter //Who[ is ignored: Invalid expression, at character 7");
  CHECK(lines[1].find("longer than 4096 bytes") != std::string::npos);
  CHECK(lines[1].size() < 400);
  CHECK(set.filters().size() == 1);
  CHECK(pool.size() == 1);
}

TEST_CASE("filters replace those before, and with none left everything is wanted") {
  FilterPool pool;
  FilterSet set = set_of({"false()"}, pool);
  EventMatcher matcher(event);
  CHECK_FALSE(matcher.matches(set, nullptr));
  CHECK(set.set({"]"}, pool).size() == 1);
  CHECK(matcher.matches(set, nullptr));
  CHECK(set.set({"false()", "false()"}, pool).empty());
  CHECK(set.filters().size() == 1);
  CHECK(set.set({}, pool).empty());
  CHECK(matcher.matches(set, nullptr));
}

TEST_CASE("a subscriber may set sixteen filters") {
  FilterPool pool;
  Lines texts;
  for (int i = 1; i <= 18; ++i)
    texts.push_back("//Param[" + std::to_string(i) + "]");
  FilterSet set;
  CHECK(set.set(texts, pool) == Lines{"2 filters are ignored: a subscriber may set at most 16"});
  CHECK(set.filters().size() == 16);
}

TEST_CASE("what exceeds its bound or fails is said once, and counts as not matching") {
  FilterPool pool;
  const std::string costly = "//*[count(//*[count(//*[count(//*[count(//*)>0])>0])>0])>0]";
  std::string parts;
  for (int i = 0; i < 50; ++i)
    parts += "<a/>";
  const std::string many = event_with("ivo://a.b/c#d", "<What>" + parts + "</What>");
  const FilterSet set = set_of({costly, "$x", "//What"}, pool);
  Lines said;
  for (int i = 0; i < 3; ++i) {
    EventMatcher matcher(many);
    const auto report = [&](const std::string& line) { said.push_back(line); };
    CHECK(matcher.matches(set, report));
    CHECK_FALSE(matcher.matches(set_of({costly}, pool), report));
  }
  CHECK(said == Lines{"filter " + costly + " takes too long, and counts as not matching",
                      "filter $x fails: Undefined variable, and counts as not matching"});
}

}  // namespace vtp
