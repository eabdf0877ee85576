// A log with events of some streams, roles, authors and places, which cite one another; and queries
// of all kinds.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/archive/archive_fixture.h"

namespace vtp::test {

struct MixedLog : ArchiveFixture {
  explicit MixedLog(int events = 400) {
    const char* const roles[] = {"observation", "prediction", "utility", "test"};
    const char* const streams[] = {"ivo://a.b/Swift", "ivo://a.b/Swift2", "ivo://a.b/fermi",
                                   "ivo://x.y/z"};
    const char* const concepts[] = {"em.gamma;process.variation.burst", "SN Ia", "QSO"};
    for (int i = 1; i <= events; ++i) {
      Content content;
      content.role = roles[random() % 4];
      content.author = "ivo://author.org/" + std::to_string(random() % 3);
      if (random() % 8 != 0) content.point = some_point(random);
      if (random() % 10 == 0) content.frame = "GALACTIC";
      content.time = fmt::format("2026-11-{:02}T{:02}:00:00", 1 + random() % 22, random() % 24);
      if (random() % 3 == 0) content.concepts.emplace_back(concepts[random() % 3]);
      if (i > 1 && random() % 3 == 0) content.cites.push_back(ivorns[random() % ivorns.size()]);
      ivorns.push_back(fmt::format("{}#{}", streams[random() % 4], random() % 10 == 0 ? 1 : i));
      const test::Made made = made_event(ivorns.back(), content);
      points[append(made)] = made.point;
    }
  }

  Query some_query() {
    Query query;
    const auto maybe = [this](unsigned one_in) { return random() % one_in == 0; };
    const auto time = [this] { return now - step * static_cast<int>(random() % 450); };
    if (maybe(4)) query.since = time();
    if (maybe(5)) query.until = time();
    if (maybe(8)) query.observed_since = now - std::chrono::days(random() % 25);
    if (maybe(8)) query.observed_until = now - std::chrono::days(random() % 25);
    if (maybe(4))
      query.stream = std::array{"ivo://A.b/swift", "ivo://", "ivo://a.b/fermi", "x"}[random() % 4];
    if (maybe(5)) query.role = std::array{"observation", "test"}[random() % 2];
    if (maybe(6)) query.author = "ivo://Author.org/1";
    if (maybe(9)) query.ivorn = ivorns[random() % ivorns.size()];
    if (maybe(6))
      query.concept_ =
          std::array{"em.gamma", "sn ia", "process.variation.burst;em.gamma"}[random() % 3];
    if (maybe(9)) query.cites = ivorns[random() % ivorns.size()];
    if (maybe(9)) query.cited_by = ivorns[random() % ivorns.size()];
    if (maybe(3)) {
      const SkyPoint point = some_point(random);
      query.cone = Cone{point.ra, point.dec, std::array{3.0, 20.0, 60.0, 180.0}[random() % 4]};
    }
    if (maybe(6)) query.filters = {"//Who[contains(AuthorIVORN,'2')]", "//Concept"};
    if (maybe(3)) query.most = random() % 12;
    if (maybe(3)) query.order = FoundOrder::time;
    if (query.cone && maybe(2)) query.order = FoundOrder::distance;
    if (maybe(6)) query.before = random() % 450;
    return query;
  }

  std::mt19937 random{17};
  std::vector<std::string> ivorns;
  std::map<Sequence, std::optional<SkyPoint>> points;
};

}  // namespace vtp::test
