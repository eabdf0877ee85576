#include "lib/archive/table.h"

#include "tests/archive/archive_fixture.h"
#include "tests/support/catch.h"

namespace vtp {
namespace {

Found found(const std::string& ivorn, const test::Content& content) {
  Event event;
  event.bytes = test::made_event(ivorn, content).bytes;
  event.headline.ivorn = ivorn;
  event.headline.role = content.role;
  return {1, Time{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)}, "me",
          std::make_shared<const Event>(std::move(event)), std::nullopt};
}

}  // namespace

TEST_CASE("a table has a line for each event, below the names of the columns") {
  Table table(true, std::nullopt);
  CHECK(table.head() ==
        "RECEIVED              ROLE         RA            DEC             ERROR  DISTANCE  IVORN");
  test::Content content;
  content.point = SkyPoint{83.63291666666667, -0.5};
  Found near = found("ivo://a.b/c#1", content);
  near.distance = 0.025;
  CHECK(table.line_for(near) ==
        "2026-11-22T00:00:00Z  observation  05h34m31.90s  -00d30m00.0s   30.00m     1.50m  "
        "ivo://a.b/c#1");
  content.point.reset();
  content.role = "test";
  CHECK(table.line_for(found("ivo://a.b/c#2", content)) ==
        "2026-11-22T00:00:00Z  test         -             -                   -         -  "
        "ivo://a.b/c#2");
}

TEST_CASE("without a cone there is no distance, and lines are no wider than wanted") {
  Table table(false, 102);
  CHECK(table.head() ==
        "RECEIVED              ROLE         RA            DEC             ERROR  IVORN");
  const std::string before =
      "2026-11-22T00:00:00Z  observation  -             -                   -  ";
  const std::string fits = "ivo://a.b/c#12345678901234567";
  CHECK(table.line_for(found(fits + "é", {})) == before + fits + "é");
  CHECK(table.line_for(found(fits + "éx", {})) == before + fits + "…");
}

TEST_CASE("on a narrow terminal the ivorn is whole, on a line of its own") {
  test::Content content;
  content.point = SkyPoint{83.63291666666667, -0.5};
  const std::string ivorn = "ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_532871-729";
  Found near = found(ivorn, content);
  near.distance = 0.025;
  const auto lines = [&](bool with_distance, std::size_t width) {
    return Table(with_distance, width).line_for(near);
  };
  const std::string whole =
      "2026-11-22T00:00:00Z  observation  05h34m31.90s  -00d30m00.0s   30.00m";
  CHECK(lines(false, 102).ends_with("  ivo://nasa.gsfc.gcn/SWIFT#BAT…"));
  CHECK(lines(false, 101) == whole + "\n  " + ivorn);
  CHECK(lines(true, 111) == whole + "     1.50m\n  " + ivorn);
  CHECK(lines(true, 80) == whole + "     1.50m\n  " + ivorn);
  CHECK(
      Table(true, 80).head() ==
      "RECEIVED              ROLE         RA            DEC             ERROR  DISTANCE\n  IVORN");
  CHECK(lines(true, 79) ==
        "2026-11-22T00:00:00Z  05h34m31.90s  -00d30m00.0s   30.00m     1.50m\n  " + ivorn);
  CHECK(lines(true, 60) ==
        "2026-11-22T00:00:00Z  05h34m31.90s  -00d30m00.0s     1.50m\n  " + ivorn);
  CHECK(lines(true, 50) == "2026-11-22  05h34m31.90s  -00d30m00.0s     1.50m\n  " + ivorn);
  CHECK(lines(true, 40) == "2026-11-22  05h34m31.90s  -00d30m00.0s\n  " + ivorn);
  CHECK(lines(false, 40) == lines(true, 40));
  CHECK(lines(true, 10) == "2026-11-2…\n  " + ivorn);
  CHECK(Table(true, 40).head() == "RECEIVED    RA            DEC\n  IVORN");
}

TEST_CASE("what an event says cannot forge a line") {
  Table table(false, std::nullopt);
  const std::string line = table.line_for(found("ivo://a.b/c#\n\x1b[31m", {}));
  CHECK(line.ends_with("ivo://a.b/c#\\n\\x1b[31m"));
}

}  // namespace vtp
