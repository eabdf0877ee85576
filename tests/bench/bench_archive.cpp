// What finding events costs in a large archive.
//   bench_archive fill FILE COUNT    makes a log of so many events of 4 kB, received in the last ten years
//   bench_archive index FILE         brings its index up, without a pause; prints us for each event
//   bench_archive query FILE WHAT    asks many times for a "cone" of one degree, the last hundred of a
//                                    "stream", a "month" with a filter, or the "count" of a stream;
//                                    prints events found, and ms: the first time, median and worst
//   bench_archive read FILE COUNT    reads and parses the first so many events; prints us for each
//   bench_archive no-index FILE      makes a log in whose index nothing can be written
#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "lib/archive/archive.h"
#include "lib/archive/indexer.h"
#include "lib/store/event_log.h"
#include "lib/store/store.h"

namespace vtp {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t event_size = 4096;
constexpr std::size_t batch_size = 1000;
constexpr int streams = 40;
constexpr int times_asked = 40;
constexpr std::chrono::days ten_years{3652};

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

std::string stream_name(int number) { return fmt::format("ivo://example.org/stream_{}", number); }

SkyPoint some_point(std::mt19937_64& random) {
  std::uniform_real_distribution<double> unit(0, 1);
  return {360 * unit(random), std::asin(2 * unit(random) - 1) * 180 / 3.14159265358979};
}

NewEvent some_event(std::size_t number, Time received, std::mt19937_64& random) {
  // The first stream has about a quarter of the events, the others less and less.
  const double share = std::uniform_real_distribution<double>(0, std::log(streams + 1))(random);
  Event event;
  event.headline.ivorn =
      fmt::format("{}#{}", stream_name(static_cast<int>(std::exp(share))), number);
  event.headline.role = "observation";
  const SkyPoint point = some_point(random);
  const std::string ivorn = event.headline.ivorn;
  std::string body = fmt::format(
      "<?xml version='1.0' encoding='UTF-8'?><voe:VOEvent "
      "xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' role='observation' "
      "ivorn='{}'><Who><AuthorIVORN>ivo://example.org/author</AuthorIVORN></Who><WhereWhen>"
      "<ObsDataLocation><ObservatoryLocation id='GEOLUN'/><ObservationLocation><AstroCoordSystem "
      "id='UTC-FK5-GEO'/><AstroCoords coord_system_id='UTC-FK5-GEO'><Time unit='s'><TimeInstant>"
      "<ISOTime>{}</ISOTime></TimeInstant></Time><Position2D unit='deg'><Value2><C1>{:.6f}</C1>"
      "<C2>{:.6f}</C2></Value2><Error2Radius>0.05</Error2Radius></Position2D></AstroCoords>"
      "</ObservationLocation></ObsDataLocation></WhereWhen><Why><Concept>process.variation.burst;"
      "em.gamma</Concept></Why>{}<What>",
      ivorn, utc_text(received).substr(0, 19), point.ra, point.dec,
      number % 20 == 0
          ? fmt::format("<Citations><EventIVORN cite='followup'>{}0</EventIVORN></Citations>",
                        ivorn)
          : "");
  for (int i = 0; body.size() < event_size; ++i)
    body += fmt::format("<Param name='quantity_{}' value='{}.5' unit='mag' ucd='phot.mag'/>", i,
                        random() % 1000);
  event.bytes = body + "</What></voe:VOEvent>";
  event.digest = digest_of(event.bytes);
  return {std::make_shared<const Event>(std::move(event)), "127.0.0.1:49152", received};
}

void fill(const std::string& path, std::size_t count) {
  Store store(path, Sync::off);
  std::mt19937_64 random{17};
  const Time begin = Clock().now() - ten_years;
  for (std::size_t done = 0; done < count;) {
    std::vector<NewEvent> batch;
    for (; batch.size() < batch_size && done < count; ++done)
      batch.push_back(some_event(done,
                                 begin + std::chrono::duration_cast<Time::duration>(ten_years) /
                                             static_cast<int>(count) * static_cast<int>(done),
                                 random));
    (void)store.append(batch);
  }
}

void index(const std::string& path) {
  const Clock clock;
  const Diagnostics diagnostics("bench_archive", LineStyle::tool, Level::warning, clock);
  EventLog events(path, Keep{.time = std::chrono::days(36'500)}, clock, diagnostics, Sync::normal);
  const auto begin = steady_clock::now();
  const Indexer indexer(events, path, diagnostics,
                        {.busy_step = 256, .busy_rate = -1, .busy_rest = 0});
  while (indexer.indexed() < events.last())
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  fmt::print("{:.1f}\n", seconds_since(begin) * 1e6 / static_cast<double>(events.last()));
}

Query some_query(const std::string& what, std::mt19937_64& random) {
  Query query;
  if (what == "cone") {
    const SkyPoint centre = some_point(random);
    query.cone = Cone{centre.ra, centre.dec, 1};
  } else if (what == "month") {
    query.since = Clock().now() - std::chrono::days(31 + random() % 3600);
    query.until = *query.since + std::chrono::days(30);
    query.filters = {"//Param[@name='quantity_7' and @value>950]"};
  } else {
    query.stream = stream_name(static_cast<int>(1 + random() % streams));
    if (what == "stream") query.most = 100;
  }
  query.whole_headline = false;
  return query;
}

void ask(const std::string& path, const std::string& what) {
  Archive archive(path);
  std::mt19937_64 random{42};
  std::vector<double> took;
  std::uint64_t found = 0;
  for (int i = 0; i < times_asked; ++i) {
    const Query query = some_query(what, random);
    const auto begin = steady_clock::now();
    if (what == "count")
      found += archive.count(query);
    else
      archive.find(query, [&](const Found&) { return ++found > 0; });
    took.push_back(seconds_since(begin) * 1e3);
  }
  const double first = took.front();
  std::ranges::sort(took);
  fmt::print("{} {:.2f} {:.2f} {:.2f}\n", found / times_asked, first, took[took.size() / 2],
             took.back());
}

void read(const std::string& path, std::size_t count) {
  Database database(path, Database::ForReading{});
  FactsReader reader;
  std::size_t positions = 0;
  const auto begin = steady_clock::now();
  Database::Statement rows(database, "SELECT bytes FROM event ORDER BY seq LIMIT ?1");
  rows.bind(1, static_cast<std::int64_t>(count));
  while (rows.step())
    positions += reader.read(rows.bytes(0), "ivo://a.b/c#d", "test").position.has_value();
  fmt::print("{:.1f}\n", seconds_since(begin) * 1e6 / static_cast<double>(positions));
}

void make_without_index(const std::string& path) {
  Database database(path, Sync::normal);
  database.run(
      "CREATE TRIGGER no_index BEFORE INSERT ON described BEGIN SELECT raise(ABORT, 'none'); END");
}

}  // namespace
}  // namespace vtp

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string what = words.empty() ? "" : words[0];
  if (what == "fill" && words.size() == 3)
    vtp::fill(words[1], std::stoul(words[2]));
  else if (what == "index" && words.size() == 2)
    vtp::index(words[1]);
  else if (what == "query" && words.size() == 3)
    vtp::ask(words[1], words[2]);
  else if (what == "read" && words.size() == 3)
    vtp::read(words[1], std::stoul(words[2]));
  else if (what == "no-index" && words.size() == 2)
    vtp::make_without_index(words[1]);
  else
    return 2;
}
