#include "lib/store/cursors.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

struct Fixture {
  TemporaryFolder folder;
  Database database{folder.file("events.db"), Sync::normal};
  CursorTable cursors{database};
};

}  // namespace

TEST_CASE("a name has no cursor before one is kept, and then the last that was") {
  Fixture fixture;
  CHECK(fixture.cursors.handler("print") == std::nullopt);
  CHECK(fixture.cursors.upstream("a.b:8099") == std::nullopt);
  fixture.cursors.keep({{{"print", 3}, {"save /tmp", 0}}, {{"a.b:8099", digest_of("3")}}, {}});
  fixture.cursors.keep({{{"print", 4}}, {{"a.b:8099", digest_of("4")}}, {}});
  CHECK(fixture.cursors.handler("print") == Sequence{4});
  CHECK(fixture.cursors.handler("save /tmp") == Sequence{0});
  CHECK(fixture.cursors.upstream("a.b:8099") == digest_of("4"));
  CHECK(fixture.cursors.upstream("print") == std::nullopt);
}

TEST_CASE("the cursors of partitions are found by how their names begin") {
  Fixture fixture;
  fixture.cursors.keep({{}, {}, {{"kafka://a:1/t[0]", 7}, {"kafka://a:1/t[1]", 0}}});
  fixture.cursors.keep({{}, {}, {{"kafka://a:1/t[0]", 8}, {"kafka://a:11/t[0]", 9}}});
  CHECK(fixture.cursors.partitions("kafka://a:1/") ==
        std::map<std::string, std::int64_t>{{"t[0]", 8}, {"t[1]", 0}});
  CHECK(fixture.cursors.partitions("kafka://b:1/").empty());
}

TEST_CASE("cursors are a part of the transaction that is under way") {
  Fixture fixture;
  {
    Database::Transaction undone(fixture.database);
    fixture.cursors.keep({{{"print", 3}}, {}, {}});
    CHECK(fixture.cursors.handler("print") == Sequence{3});
  }
  CHECK(fixture.cursors.handler("print") == std::nullopt);
}

TEST_CASE("what stands in the table and is no digest is no cursor") {
  Fixture fixture;
  run_sql(fixture.folder.file("events.db"), "INSERT INTO upstream VALUES('a.b:8099', x'0102')");
  CHECK(fixture.cursors.upstream("a.b:8099") == std::nullopt);
}

TEST_CASE("handlers that are no more are forgotten, and nothing else") {
  Fixture fixture;
  fixture.cursors.keep(
      {{{"print", 1}, {"cmd 'true'", 2}, {"save /tmp", 3}}, {{"a.b:8099", {}}}, {}});
  fixture.cursors.forget_handlers_but(std::vector<std::string>{"print", "cmd 'true'", "other"});
  CHECK(fixture.cursors.handler("print") == Sequence{1});
  CHECK(fixture.cursors.handler("cmd 'true'") == Sequence{2});
  CHECK(fixture.cursors.handler("save /tmp") == std::nullopt);
  CHECK(fixture.cursors.handler("other") == std::nullopt);
  CHECK(fixture.cursors.upstream("a.b:8099") == Digest{});
}

}  // namespace vtp
