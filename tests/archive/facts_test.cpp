#include "lib/archive/facts.h"

#include <string>

#include "tests/archive/archive_fixture.h"
#include "tests/support/catch.h"

namespace vtp {

using test::Content;
using test::made_event;

TEST_CASE("facts are read from an event, in the form in which they are compared") {
  Content content;
  content.point = SkyPoint{10, 20};
  content.cites = {"ivo://A.b/C#Two", "ivo://a.b/c#One", "ivo://A.B/c#One"};
  content.concepts = {"process.variation.burst;EM.gamma", "em.gamma; ;x "};
  content.author = "ivo://A.B/Author";
  FactsReader reader;
  const std::string ivorn = "ivo://A.b/Stream#Local";
  const Facts& facts = reader.read(made_event(ivorn, content).bytes, ivorn, "observation");
  CHECK(facts.ivorn == "ivo://a.b/stream#Local");
  CHECK(facts.stream == "ivo://a.b/stream");
  CHECK(facts.role == "observation");
  CHECK(facts.author == "ivo://a.b/author");
  CHECK(facts.cites == std::vector<std::string>{"ivo://a.b/c#One", "ivo://a.b/c#Two"});
  CHECK(facts.concepts == std::vector<std::string>{"em.gamma", "process.variation.burst", "x"});
  REQUIRE(facts.observed);
  CHECK(utc_text(*facts.observed) == "2026-11-22T12:00:00Z");
  REQUIRE(facts.position);
  CHECK(facts.position->point == SkyPoint{10, 20});
  CHECK(facts.position->error == 0.5);
}

TEST_CASE("what is no event has no facts but those of the log") {
  FactsReader reader;
  const Facts& facts = reader.read("<a", "ivo://a.b/c#d", "test");
  CHECK(facts.ivorn == "ivo://a.b/c#d");
  CHECK_FALSE(facts.observed);
  CHECK_FALSE(facts.position);
  CHECK(facts.cites.empty());
  CHECK(facts.concepts.empty());
}

TEST_CASE("the facts of an event are limited, and so is what may be asked for") {
  Content content;
  for (std::size_t i = 0; i < 2 * most_cites; ++i)
    content.cites.push_back("ivo://a.b/c#" + std::to_string(i));
  for (std::size_t i = 0; i < 2 * most_concepts; ++i)
    content.concepts.push_back("concept." + std::to_string(i));
  content.author = "ivo://a.b/" + std::string(2 * longest_fact, 'x');
  FactsReader reader;
  const Facts& facts = reader.read(made_event("ivo://a.b/c#d", content).bytes, "ivo://a.b/c#d", "");
  CHECK(facts.cites.size() == most_cites);
  CHECK(facts.concepts.size() == most_concepts);
  CHECK(facts.author.size() <= longest_fact);
  CHECK(folded(std::string(2 * longest_fact, 'x')).size() == longest_fact);
}

TEST_CASE("a time of observation may have a fraction and a zone") {
  const auto text = [](const char* time) {
    const auto found = observation_time(time);
    return found ? utc_text(*found, Fraction::milliseconds) : "none";
  };
  CHECK(text("2026-11-22T12:00:00") == "2026-11-22T12:00:00.000Z");
  CHECK(text("2026-11-22T12:00:00.25") == "2026-11-22T12:00:00.250Z");
  CHECK(text("2026-11-22 12:00:00Z") == "2026-11-22T12:00:00.000Z");
  CHECK(text("2026-11-22T12:00:00+01:30") == "2026-11-22T10:30:00.000Z");
  CHECK(text("2026-11-22T12:00:00-0800") == "2026-11-22T20:00:00.000Z");
  CHECK(text("2026-11-22") == "2026-11-22T00:00:00.000Z");
  for (const char* time : {"", "x", "2026-11-22T12:00:00+1", "2026-11-22T12:00:00+aa:bb", "12:00"})
    CHECK(text(time) == "none");
}

}  // namespace vtp
