// Searches the archive for cones, with the positions of the real events of the corpus and others at the
// poles and at RA 0, and compares what it finds with a great-circle distance of each.
//   cone_corpus [CONES]
// 77: skipped, there is no corpus.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/voevent/ivoid.h"
#include "tests/archive/archive_fixture.h"
#include "tests/support/shared_corpus.h"

namespace vtp::test {
namespace {

// The angle between vectors from its half chord, in long double; not the formula of the library.
double great_circle(SkyPoint a, SkyPoint b) {
  const auto vector = [](SkyPoint point) {
    const long double degree = std::numbers::pi_v<long double> / 180;
    const long double dec = point.dec * degree;
    const long double ra = point.ra * degree;
    return std::array{std::cos(dec) * std::cos(ra), std::cos(dec) * std::sin(ra), std::sin(dec)};
  };
  const auto u = vector(a);
  const auto v = vector(b);
  long double apart = 0;
  long double together = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    apart += (u[i] - v[i]) * (u[i] - v[i]);
    together += (u[i] + v[i]) * (u[i] + v[i]);
  }
  return static_cast<double>(2 * std::atan2(std::sqrt(apart), std::sqrt(together)) * 180 /
                             std::numbers::pi_v<long double>);
}

struct Place {
  std::int64_t seq;
  SkyPoint point;
};

std::vector<Place> fill(ArchiveFixture& log, const std::vector<ListedEvent>& corpus) {
  std::vector<Place> places;
  PositionReader reader;
  Checker checker;
  std::set<std::string> digests;
  for (const ListedEvent& each : corpus) {
    const CheckResult& check = checker.check(each.bytes);
    if (!check.is_voevent || check.headline.ivorn.empty()) continue;
    if (!digests.insert(digest_of(each.bytes).hex()).second) continue;
    const Sequence seq = log.append({check.headline.ivorn, each.bytes, std::nullopt});
    if (const auto position = reader.read(each.bytes))
      places.push_back({static_cast<std::int64_t>(seq), position->point});
  }
  std::mt19937 random{1};
  for (int i = 0; i < 500; ++i) {
    Content content;
    content.point = some_point(random);
    const Sequence seq = log.append(made_event(fmt::format("ivo://a.b/made#{}", i), content));
    places.push_back({static_cast<std::int64_t>(seq), *content.point});
  }
  return places;
}

int run(int cones) {
  const auto shared = find_shared("corpus/events.tar.xz");
  if (!shared) return skipped;
  std::vector<ListedEvent> corpus = read_corpus(*shared, "events");
  for (ListedEvent& each : read_corpus(*shared, "v2.1"))
    corpus.push_back(std::move(each));
  ArchiveFixture log;
  log.step = std::chrono::seconds(1);
  const std::vector<Place> places = fill(log, corpus);
  log.index(log.store->last());
  Archive archive(log.path);
  std::mt19937 random{2};
  int wrong = 0;
  std::size_t found = 0;
  for (int i = 0; i < cones; ++i) {
    // Around nothing in particular, or around an event; from seconds of arc to the whole sky.
    const SkyPoint centre =
        i % 2 == 0 ? some_point(random) : places[random() % places.size()].point;
    const double radius =
        std::min(180.0, std::pow(10.0, -4 + 6.3 * static_cast<double>(random() % 10'000) / 10'000));
    Query query;
    query.cone = Cone{centre.ra, centre.dec, radius};
    std::uint64_t expected = 0;
    std::set<Sequence> members;
    for (const Place& place : places) {
      if (great_circle(centre, place.point) > radius) continue;
      ++expected;
      if (radius < 1) members.insert(static_cast<Sequence>(place.seq));
    }
    const std::uint64_t count = archive.count(query);
    found += count;
    bool same = count == expected;
    if (radius < 1) {
      query.whole_headline = false;
      archive.find(query, [&](const Found& each) {
        same = same && members.erase(each.seq) == 1;
        return true;
      });
      same = same && members.empty();
    }
    if (same) continue;
    ++wrong;
    fmt::print("cone {},{},{}: {} events, not {}\n", centre.ra, centre.dec, radius, count,
               expected);
  }
  fmt::print("{} events, {} with a position; {} cones, {} events in them; {} differ\n",
             log.store->size(), places.size(), cones, found, wrong);
  return wrong == 0 && found > 0 ? 0 : 1;
}

}  // namespace
}  // namespace vtp::test

int main(int argc, char** argv) { return vtp::test::run(argc > 1 ? std::stoi(argv[1]) : 10'000); }
