#include "lib/voevent/content.h"

#include <vector>

#include "tests/support/catch.h"

namespace vtp {
namespace {

const Type& type_named(const char* name, const Schema& schema = voevent_2_0()) {
  return *find_type(schema.named_types, name);
}

// Do these children, in this order, make up all that the type asks for?
bool fits(const Type& type, const std::vector<Name>& children) {
  ContentProgress progress;
  for (const Name child : children)
    if (progress.next(type, child) == nullptr) return false;
  return progress.missing(type) == nullptr;
}

constexpr Name c1 = known_name("C1");
constexpr Name c2 = known_name("C2");
constexpr Name description = known_name("Description");
constexpr Name param = known_name("Param");
constexpr Name event_ivorn = known_name("EventIVORN");

}  // namespace

TEST_CASE("any: children in any order and number, and none at all") {
  CHECK(fits(type_named("Group"), {}));
  CHECK(fits(type_named("Group"), {description, param, description, param}));
  CHECK_FALSE(fits(type_named("Group"), {c1}));
  CHECK_FALSE(fits(type_named("Group"), {Name::unknown}));
}

TEST_CASE("some: at least one child") {
  CHECK_FALSE(fits(type_named("How"), {}));
  CHECK(fits(type_named("How"), {description, description}));
}

TEST_CASE("all: in any order, no child twice, none that is required missing") {
  CHECK(fits(type_named("Value2"), {c2, c1}));
  CHECK_FALSE(fits(type_named("Value2"), {c1}));
  CHECK_FALSE(fits(type_named("Value2"), {c1, c2, c1}));
  CHECK(fits(type_named("Who"), {}));
}

TEST_CASE("sequence: in the order of the schema, the repeated step as often as one likes") {
  const Type& citations = type_named("Citations");
  CHECK(fits(citations, {event_ivorn, event_ivorn, description}));
  CHECK_FALSE(fits(citations, {}));
  CHECK_FALSE(fits(citations, {description}));
  CHECK_FALSE(fits(citations, {description, event_ivorn}));
  CHECK_FALSE(fits(citations, {event_ivorn, description, event_ivorn}));
  CHECK_FALSE(fits(citations, {event_ivorn, description, description}));
}

TEST_CASE("sequence: one of the alternatives of a step") {
  const Type& time = type_named("Time", voevent_2_1());
  constexpr Name instant = known_name("TimeInstant");
  constexpr Name interval = known_name("TimeInterval");
  constexpr Name error = known_name("Error");
  CHECK(fits(time, {instant, error}));
  CHECK(fits(time, {interval}));
  CHECK(fits(time, {error}));
  CHECK(fits(time, {}));
  CHECK_FALSE(fits(time, {instant, interval}));
  CHECK_FALSE(fits(time, {instant, instant}));
  CHECK_FALSE(fits(time, {error, instant}));
}

TEST_CASE("the missing child is named") {
  ContentProgress progress;
  REQUIRE(progress.next(type_named("Value2"), c1) != nullptr);
  REQUIRE(progress.missing(type_named("Value2")) != nullptr);
  CHECK(progress.missing(type_named("Value2"))->name == c2);
}

}  // namespace vtp
