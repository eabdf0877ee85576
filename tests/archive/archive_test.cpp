#include "lib/archive/archive.h"

#include <cmath>
#include <numbers>
#include <random>
#include <set>

#include "tests/archive/mixed_log.h"
#include "tests/support/catch.h"

namespace vtp {

using test::ArchiveFixture;
using test::Content;
using test::made_event;
using test::MixedLog;
using test::some_point;
using Seqs = std::vector<Sequence>;

namespace {

using Found = vtp::Found;

// The haversine formula, in long double, as another way to the same angle.
double other_separation(SkyPoint a, SkyPoint b) {
  const long double degree = std::numbers::pi_v<long double> / 180;
  const auto square_of_half_sine = [](long double angle) {
    const long double sine = std::sin(angle / 2);
    return sine * sine;
  };
  const long double h = square_of_half_sine((b.dec - a.dec) * degree) +
                        std::cos(a.dec * degree) * std::cos(b.dec * degree) *
                            square_of_half_sine((b.ra - a.ra) * degree);
  return static_cast<double>(2 * std::atan2(std::sqrt(h), std::sqrt(std::max(0.0L, 1 - h))) /
                             degree);
}

}  // namespace

TEST_CASE("an archive answers the same, whatever part of the log is in the index") {
  MixedLog log;
  std::vector<Query> queries;
  for (int i = 0; i < 300; ++i)
    queries.push_back(log.some_query());
  std::vector<Seqs> without;
  std::size_t found = 0;
  for (const Query& query : queries) {
    without.push_back(log.find(query));
    found += without.back().size();
  }
  CHECK(found > 2000);
  for (const Sequence indexed : {Sequence{57}, Sequence{300}, Sequence{400}}) {
    log.index(indexed);
    CHECK(Archive(log.path).indexed() == indexed);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      CHECK(log.find(queries[i]) == without[i]);
      CHECK(log.count(queries[i]) == without[i].size());
    }
  }
}

TEST_CASE("a cone has the events that another formula finds in it, also at the poles and at RA 0") {
  MixedLog log(2000);
  log.index(1900);
  Archive archive(log.path);
  for (int i = 0; i < 400; ++i) {
    Cone cone;
    const SkyPoint centre = some_point(log.random);
    cone = {centre.ra, centre.dec,
            std::pow(10.0, -2 + 4.25 * static_cast<double>(log.random() % 1000) / 1000)};
    cone.radius = std::min(cone.radius, 180.0);
    std::set<Sequence> expected;
    for (const auto& [seq, point] : log.points)
      if (point && other_separation(cone.centre(), *point) <= cone.radius) expected.insert(seq);
    Query query;
    query.cone = cone;
    query.whole_headline = false;
    std::set<Sequence> found;
    archive.find(query, [&](const Found& each) {
      CHECK(std::abs(*each.distance - other_separation(cone.centre(), *log.points[each.seq])) <
            1e-9);
      return found.insert(each.seq).second;
    });
    CHECK(found == expected);
  }
}

TEST_CASE("the order is that of the log, of the observation, or of the distance") {
  ArchiveFixture log;
  Content content;
  content.point = SkyPoint{10, 0};
  content.time = "2026-11-03T00:00:00";
  log.append(made_event("ivo://a.b/c#1", content));
  content.point = SkyPoint{12, 0};
  content.time = "2026-11-01T00:00:00";
  log.append(made_event("ivo://a.b/c#2", content));
  content.point = SkyPoint{9, 0};
  content.time = "2026-11-02T00:00:00";
  log.append(made_event("ivo://a.b/c#3", content));
  log.append(made_event("ivo://a.b/c#4", {}));
  log.index(2);
  Query query;
  CHECK(log.find(query) == Seqs{1, 2, 3, 4});
  query.most = 2;
  CHECK(log.find(query) == Seqs{3, 4});
  query.order = FoundOrder::time;
  CHECK(log.find(query) == Seqs{3, 1});
  query.most.reset();
  CHECK(log.find(query) == Seqs{4, 2, 3, 1});
  query.order = FoundOrder::distance;
  CHECK_THROWS_AS(log.find(query), std::invalid_argument);
  query.cone = Cone{9.2, 0, 30};
  CHECK(log.find(query) == Seqs{3, 1, 2});
  query.most = 2;
  CHECK(log.find(query) == Seqs{3, 1});
}

TEST_CASE("citations are followed both ways") {
  ArchiveFixture log;
  Content content;
  log.append(made_event("ivo://a.b/c#first", content));
  content.cites = {"ivo://a.b/c#first", "ivo://elsewhere.org/x#1"};
  log.append(made_event("ivo://a.b/c#second", content));
  content.cites = {"ivo://a.b/c#second"};
  log.append(made_event("ivo://a.b/c#third", content));
  for (const Sequence indexed : {Sequence{0}, Sequence{2}, Sequence{3}}) {
    log.index(indexed);
    Query citing;
    citing.cites = "ivo://A.B/C#first";
    CHECK(log.find(citing) == Seqs{2});
    citing.cites = "ivo://a.b/c#FIRST";
    CHECK(log.find(citing).empty());
    Query cited;
    cited.cited_by = "ivo://a.b/c#second";
    CHECK(log.find(cited) == Seqs{1});
    cited.cited_by = "ivo://a.b/c#third";
    CHECK(log.find(cited) == Seqs{2});
    cited.cited_by = "ivo://a.b/c#first";
    CHECK(log.find(cited).empty());
    cited.cited_by = "ivo://a.b/c#second";
    cited.ivorn = "ivo://a.b/c#third";
    CHECK(log.find(cited).empty());
  }
}

TEST_CASE("an event is found with all that is known of it") {
  ArchiveFixture log;
  Content content;
  content.point = SkyPoint{10, 20};
  const test::Made made = made_event("ivo://a.b/c#1", content);
  log.append(made);
  log.index(1);
  Archive archive(log.path);
  Query query;
  query.digest = digest_of(made.bytes);
  std::vector<Found> found;
  const auto take = [&](const Found& each) {
    found.push_back(each);
    return true;
  };
  archive.find(query, take);
  REQUIRE(found.size() == 1);
  CHECK(found[0].event->bytes == made.bytes);
  CHECK(found[0].event->digest == *query.digest);
  CHECK(found[0].event->headline.author == "ivo://a.b/author");
  CHECK(found[0].event->headline.ra == 10);
  CHECK(found[0].source == "me");
  CHECK(found[0].received == log.now - log.step);
  CHECK_FALSE(found[0].distance);
  // Also one that comes while the archive is open.
  log.append(made_event("ivo://a.b/c#2", content));
  query.digest = digest_of(made_event("ivo://a.b/c#2", content).bytes);
  CHECK(archive.count(query) == 1);
  query.digest = Digest{};
  CHECK(archive.count(query) == 0);
}

TEST_CASE("forgotten events are not found, and those without bytes neither") {
  MixedLog log(300);
  log.index(200);
  SECTION("forgotten, in the order of the log") {
    while (log.store->forget(log.now - log.step * 150, 20) == 20) {
    }
    CHECK(log.find({}).size() == 150);
    CHECK(log.find({}).front() == 151);
  }
  SECTION("without bytes") {
    while (log.store->shrink(20'000, 20) > 0) {
    }
    CHECK(log.find({}).size() < 60);
    CHECK_FALSE(log.find({}).empty());
  }
  SECTION("forgotten in another order, after the clock was set back") {
    log.now -= std::chrono::days(300);
    for (int i = 0; i < 50; ++i)
      log.append(made_event("ivo://late.org/x#" + std::to_string(i), {}));
    log.index(340);
    while (log.store->forget(log.now - log.step * 5, 20) == 20) {
    }
    CHECK(log.find({}).size() == 305);
  }
  const Seqs left = log.find({});
  CHECK(log.count({}) == left.size());
  for (const Sequence seq : left) {
    Query query;
    query.before = seq + 1;
    query.most = 1;
    CHECK(log.find(query) == Seqs{seq});
  }
  {
    Database database(log.path, Sync::off);
    IndexWriter writer(database);
    while (writer.remove_forgotten(16)) {
    }
  }
  CHECK(log.find({}) == left);
  log.index(350);
  CHECK(log.find({}) == left);
}

TEST_CASE("rows of the index that the log has no event for are removed, all of them") {
  MixedLog log(100);
  log.index(100);
  while (log.store->forget(log.now - log.step * 20, 20) == 20) {
  }
  Database database(log.path, Sync::off);
  IndexWriter writer(database);
  while (writer.remove_forgotten(16)) {
  }
  CHECK(database.run("SELECT count(*) FROM described") == 20);
  CHECK(database.run("SELECT min(seq) FROM described") == 81);
  for (const char* table : {"sky", "cited", "concept"})
    CHECK(database.run(fmt::format("SELECT count(*) FROM {} WHERE seq < 81", table).c_str()) == 0);
  CHECK(database.run("SELECT count(*) FROM sky") > 0);
  database.run("DELETE FROM event WHERE seq IN (85, 93)");
  CHECK(writer.remove_forgotten(1));
  CHECK(writer.remove_forgotten(1));
  CHECK(database.run("SELECT count(*) FROM described") == 18);
  for (int looks = 0; looks < 5; ++looks)
    CHECK_FALSE(writer.remove_forgotten(1));
}

TEST_CASE("a step of the indexing that was interrupted leaves no trace") {
  MixedLog log(100);
  log.index(40);
  {
    Database database(log.path, Sync::off);
    IndexWriter writer(database);
    Described half{41, 0, {}};
    half.facts.ivorn = "ivo://half.org/x#1";
    Database::Transaction never_committed(database);
    database.run(
        "INSERT INTO described VALUES(41, 0, 0, 0, 0, 0, 'ivo://half.org/x#1', '', '', '')");
  }
  Query query;
  query.ivorn = "ivo://half.org/x#1";
  CHECK(log.find(query).empty());
  const Seqs all = log.find({});
  log.index(100, 7);
  CHECK(log.find({}) == all);
  CHECK(Archive(log.path).indexed() == 100);
}

TEST_CASE("a deadline ends a query, wherever it is") {
  MixedLog log(300);
  log.index(150);
  Archive archive(log.path);
  const auto past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto take = [](const Found&) { return true; };
  Query query;
  CHECK_THROWS_AS(archive.find(query, take, past), QueryTooLong);
  CHECK_THROWS_AS(archive.count(query, past), QueryTooLong);
  query.cone = Cone{0, 0, 5};
  query.order = FoundOrder::distance;
  CHECK_THROWS_AS(archive.find(query, take, past), QueryTooLong);
  query = {};
  query.filters = {"//Who"};
  CHECK_THROWS_AS(archive.count(query, past), QueryTooLong);
  CHECK(archive.count({}, std::chrono::steady_clock::now() + std::chrono::minutes(5)) == 300);
  CHECK(archive.count({}) == 300);
}

TEST_CASE("a query ends when no more is wanted") {
  MixedLog log(50);
  log.index(25);
  int calls = 0;
  Archive(log.path).find({}, [&](const Found&) { return ++calls < 30; });
  CHECK(calls == 30);
}

TEST_CASE("one of several filters is enough, and too many are refused") {
  MixedLog log(10);
  Archive archive(log.path);
  Query query;
  query.filters.assign(17, "//Who");
  CHECK_THROWS_AS(archive.count(query), std::invalid_argument);
  query.filters = {"//Who", "//What"};
  CHECK(archive.count(query) == 10);
}

}  // namespace vtp
