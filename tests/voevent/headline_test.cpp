#include "lib/voevent/headline.h"

#include <string>
#include <vector>

#include "lib/voevent/check.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

void open(HeadlineReader& reader, std::initializer_list<Name> names) {
  for (const Name name : names)
    reader.start({.name = name, .local_name = text_of(name).data(), .attributes = {}});
}
void close(HeadlineReader& reader, int count) {
  for (; count > 0; --count)
    reader.end();
}

constexpr Name root = known_name("VOEvent");
constexpr Name who = known_name("Who");
constexpr Name author = known_name("AuthorIVORN");

}  // namespace

TEST_CASE("a role that is not said is observation") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root});
  CHECK(headline.role == "observation");
  CHECK(headline.ivorn.empty());
}

TEST_CASE("text in pieces is put together and trimmed") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root, who, author});
  reader.text("\n ivo://a");
  reader.text("/b ");
  close(reader, 3);
  CHECK(headline.author == "ivo://a/b");
}

TEST_CASE("a long text is cut") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  const std::string text(longest_headline_text, 'x');
  TagAttribute role;
  role.name = known_name("role");
  role.local_name = "role";
  const std::string more = text + "yz";
  role.raw_value = more;
  reader.start({.name = root, .local_name = "VOEvent", .attributes = {&role, 1}});
  open(reader, {who, author});
  reader.text(text);
  reader.text(" ");
  close(reader, 2);
  CHECK(headline.author == text);
  CHECK(headline.role == text + "\u2026");
}

TEST_CASE("elements out of their place are passed over") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root, known_name("What"), who, author});
  reader.text("not this");
  close(reader, 3);
  open(reader, {who, author});
  reader.text("this");
  open(reader, {author});
  reader.text("nor that");
  close(reader, 4);
  CHECK(headline.author == "this");
}

TEST_CASE("the first of several counts") {
  Headline headline;
  HeadlineReader reader;
  reader.reset(headline);
  open(reader, {root});
  for (const char* text : {"first", "second"}) {
    open(reader, {who, author});
    reader.text(text);
    close(reader, 2);
  }
  CHECK(headline.author == "first");
}

TEST_CASE("only a whole finite number is one") {
  const auto read = [](const char* text) {
    Headline headline;
    HeadlineReader reader;
    reader.reset(headline);
    open(reader, {root, known_name("WhereWhen"), known_name("ObsDataLocation"),
                  known_name("ObservationLocation"), known_name("AstroCoords"),
                  known_name("Position2D"), known_name("Value2"), known_name("C1")});
    reader.text(text);
    close(reader, 8);
    return headline.ra;
  };
  CHECK(read(" 12.5\n") == 12.5);
  CHECK(read("+1e2") == 100.0);
  for (const char* text : {"", "x", "1 2", "1e", "NaN", "INF", "1e400", "0x1"}) {
    INFO(text);
    CHECK_FALSE(read(text).has_value());
  }
}

namespace {

// A position in that frame, where the system of coordinates may stand behind it.
std::string where(const std::string& frame, const std::string& names, bool frame_last = false,
                  const std::string& attributes = "") {
  const std::string system = frame.empty() ? "" : "<AstroCoordSystem id='" + frame + "'/>";
  const std::string coordinates =
      "<AstroCoords><Time><TimeInstant><ISOTime>2026-11-25T01:02:03</ISOTime></TimeInstant></Time>"
      "<Position2D unit='deg'>" +
      names +
      "<Value2><C1>83.6331</C1><C2>22.0145</C2></Value2><Error2Radius>0.01</Error2Radius>"
      "</Position2D></AstroCoords>";
  return "<WhereWhen><ObsDataLocation" + attributes + "><ObservationLocation>" +
         (frame_last ? coordinates + system : system + coordinates) +
         "</ObservationLocation></ObsDataLocation></WhereWhen>";
}

Headline headline_of(const std::string& document) {
  Checker checker;
  return checker.check(document).headline;
}
Headline placed(const std::string& frame, const std::string& names, bool frame_last = false) {
  return headline_of(event_with("ivo://a.b/c#1", where(frame, names, frame_last)));
}

}  // namespace

TEST_CASE("time and position are found in whatever namespace they are, of either version") {
  const std::string stc = " xmlns='http://www.ivoa.net/xml/STC/stc-v1.30.xsd'";
  const std::string names = "<Name1>RA</Name1><Name2>Dec</Name2>";
  for (const char* version : {"1.1", "2.0", "2.1"})
    for (const std::string& attributes : {stc, std::string()}) {
      const std::string event =
          std::string("<v:VOEvent xmlns:v='http://www.ivoa.net/xml/VOEvent/v") + version +
          "' ivorn='ivo://a.b/c#1' version='" + version + "'>" +
          where("UTC-FK5-GEO", names, false, attributes) + "</v:VOEvent>";
      INFO(event);
      const Headline headline = headline_of(event);
      CHECK(headline.event_time == "2026-11-25T01:02:03");
      CHECK(headline.ra == 83.6331);
      CHECK(headline.dec == 22.0145);
      CHECK(headline.error_radius == 0.01);
      CHECK(headline.position_unit == "deg");
      CHECK(headline.frame == "UTC-FK5-GEO");
    }
}

TEST_CASE("coordinates are told by their names, and left out where they are others") {
  const std::string swapped = "<Name1>Dec</Name1><Name2>RA</Name2>";
  for (const bool frame_last : {false, true}) {
    CHECK(placed("UTC-FK5-GEO", swapped, frame_last).ra == 22.0145);
    CHECK(placed("UTC-FK5-GEO", swapped, frame_last).dec == 83.6331);
    const Headline galactic = placed("UTC-GALACTIC-GEO", "", frame_last);
    CHECK_FALSE(galactic.ra.has_value());
    CHECK_FALSE(galactic.dec.has_value());
    CHECK(galactic.error_radius == 0.01);
    CHECK(galactic.frame == "UTC-GALACTIC-GEO");
  }
  CHECK_FALSE(placed("UTC-FK5-GEO", "<Name1>l</Name1><Name2>b</Name2>").ra.has_value());
  CHECK(placed("", "").ra == 83.6331);
}

TEST_CASE("one event's position does not go into the next") {
  Checker checker;
  static_cast<void>(checker.check(
      event_with("ivo://a.b/c#1", where("UTC-FK5-GEO", "<Name1>Dec</Name1><Name2>RA</Name2>"))));
  CHECK(checker.check(event_with("ivo://a.b/c#2", where("", ""))).headline.ra == 83.6331);
}

}  // namespace vtp
