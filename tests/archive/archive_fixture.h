// A log with events of many kinds, whose index reaches as far as a test wants.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/archive/archive.h"
#include "lib/archive/index_writer.h"
#include "lib/store/store.h"
#include "tests/support/temporary.h"

namespace vtp::test {

// An event and what is known of it without reading it.
struct Made {
  std::string ivorn;
  std::string bytes;
  std::optional<SkyPoint> point;
};

struct Content {
  std::string role = "observation";
  std::string author = "ivo://a.b/author";
  std::optional<SkyPoint> point;
  std::string frame = "UTC-FK5-GEO";
  std::string time = "2026-11-22T12:00:00";
  std::vector<std::string> cites;
  std::vector<std::string> concepts;
};

inline Made made_event(const std::string& ivorn, const Content& content) {
  std::string body = "<Who><AuthorIVORN>" + content.author + "</AuthorIVORN></Who>";
  if (content.point)
    body += fmt::format(
        "<WhereWhen><ObsDataLocation><ObservatoryLocation id='GEOLUN'/><ObservationLocation>"
        "<AstroCoordSystem id='{0}'/><AstroCoords coord_system_id='{0}'><Time unit='s'>"
        "<TimeInstant><ISOTime>{1}</ISOTime></TimeInstant></Time><Position2D unit='deg'>"
        "<Name1>{4}</Name1><Name2>{5}</Name2><Value2><C1>{2:.17g}</C1><C2>{3:.17g}</C2></Value2>"
        "<Error2Radius>0.5</Error2Radius></Position2D></AstroCoords></ObservationLocation>"
        "</ObsDataLocation></WhereWhen>",
        content.frame, content.time, content.point->ra, content.point->dec,
        content.frame == "GALACTIC" ? "l" : "RA", content.frame == "GALACTIC" ? "b" : "Dec");
  if (!content.concepts.empty()) {
    body += "<Why>";
    for (const std::string& each : content.concepts)
      body += "<Concept>" + each + "</Concept>";
    body += "</Why>";
  }
  if (!content.cites.empty()) {
    body += "<Citations>";
    for (const std::string& each : content.cites)
      body += "<EventIVORN cite='followup'>" + each + "</EventIVORN>";
    body += "</Citations>";
  }
  return {ivorn,
          "<?xml version='1.0' encoding='UTF-8'?><voe:VOEvent "
          "xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='" +
              content.role + "' ivorn='" + ivorn + "'>" + body + "</voe:VOEvent>",
          content.frame == "GALACTIC" ? std::nullopt : content.point};
}

// On the sphere evenly, with some at the poles and at RA 0.
inline SkyPoint some_point(std::mt19937& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  SkyPoint point{360 * unit(random), std::asin(2 * unit(random) - 1) * 180 / 3.14159265358979};
  switch (random() % 8) {
    case 0:
      point.dec = random() % 2 == 0 ? 90 : -90;
      break;
    case 1:
      point.dec = 90 - unit(random) / 100;
      break;
    case 2:
      point.ra = random() % 2 == 0 ? 0 : 359.9999;
      break;
    default:
      break;
  }
  return point;
}

class ArchiveFixture {
 public:
  ArchiveFixture() : path(folder.file("events.db")), store(std::in_place, path, Sync::off) {}

  Sequence append(const Made& made) {
    Event event;
    event.bytes = made.bytes;
    event.digest = digest_of(made.bytes);
    event.headline.ivorn = made.ivorn;
    event.headline.role = role_in(made.bytes);
    const auto appended =
        store->append(std::vector{NewEvent{std::make_shared<const Event>(event), "me", now}});
    now += step;
    return appended.front().seq;
  }

  // The index then has the events up to this one, written in steps of so many.
  void index(Sequence last, std::size_t in_a_step = 100) {
    Database database(path, Sync::off);
    IndexWriter writer(database);
    FactsReader reader;
    while (writer.cursor() < last) {
      Database::Statement rows(database,
                               "SELECT seq, received, ivorn, role, bytes FROM event "
                               "WHERE seq > ?1 AND seq <= ?2 AND length(bytes) > 0 "
                               "ORDER BY seq LIMIT ?3");
      rows.bind(1, static_cast<std::int64_t>(writer.cursor()));
      rows.bind(2, static_cast<std::int64_t>(last));
      rows.bind(3, static_cast<std::int64_t>(in_a_step));
      std::vector<Described> events;
      while (rows.step())
        events.push_back({static_cast<Sequence>(rows.number(0)), rows.number(1),
                          reader.read(rows.bytes(4), rows.bytes(2), rows.bytes(3))});
      writer.add(events, events.size() < in_a_step ? last : events.back().seq);
    }
  }

  [[nodiscard]] std::vector<Sequence> find(const Query& query) const {
    Archive archive(path);
    std::vector<Sequence> found;
    archive.find(query, [&](const Found& each) {
      found.push_back(each.seq);
      return true;
    });
    return found;
  }

  [[nodiscard]] std::uint64_t count(const Query& query) const { return Archive(path).count(query); }

  TemporaryFolder folder;
  std::string path;
  Time now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
  std::chrono::microseconds step = std::chrono::minutes(10);
  std::optional<Store> store;

 private:
  static std::string role_in(const std::string& bytes) {
    const std::size_t begin = bytes.find("role='") + 6;
    return bytes.substr(begin, bytes.find('\'', begin) - begin);
  }
};

}  // namespace vtp::test
