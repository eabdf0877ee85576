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
  Table table(false, 80);
  CHECK(table.head() ==
        "RECEIVED              ROLE         RA            DEC             ERROR  IVORN");
  CHECK(table.line_for(found("ivo://a.b/c#12", {})) ==
        "2026-11-22T00:00:00Z  observation  -             -                   -  ivo://a…");
  CHECK(table.line_for(found("ivo://a.bé", {})).ends_with("  ivo://a…"));
  CHECK(table.line_for(found("ivo://é.", {})).ends_with("  ivo://é."));
}

TEST_CASE("what an event says cannot forge a line") {
  Table table(false, std::nullopt);
  const std::string line = table.line_for(found("ivo://a.b/c#\n\x1b[31m", {}));
  CHECK(line.ends_with("ivo://a.b/c#\\n\\x1b[31m"));
}

}  // namespace vtp
