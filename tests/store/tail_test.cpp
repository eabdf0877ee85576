#include "lib/store/tail.h"

#include "tests/support/catch.h"

namespace vtp {
namespace {

LogEntry entry(Sequence seq, std::size_t size = 10) {
  return {seq, std::make_shared<const Event>(Event{std::string(size, 'x'), {}, {}}), {}};
}

std::vector<Sequence> positions(const std::optional<std::vector<LogEntry>>& entries) {
  std::vector<Sequence> out;
  for (const LogEntry& one : entries.value())
    out.push_back(one.seq);
  return out;
}

}  // namespace

TEST_CASE("the tail has what was appended behind a position, in order") {
  Tail tail(7);
  CHECK(tail.last() == 7);
  CHECK(positions(tail.after(7, 1000)).empty());
  tail.append({entry(8), entry(9)});
  tail.append({entry(12)});  // somebody else may write to the same log
  CHECK(tail.last() == 12);
  CHECK(positions(tail.after(7, 1000)) == std::vector<Sequence>{8, 9, 12});
  CHECK(positions(tail.after(8, 1000)) == std::vector<Sequence>{9, 12});
  CHECK(positions(tail.after(10, 1000)) == std::vector<Sequence>{12});
  CHECK(positions(tail.after(12, 1000)).empty());
}

TEST_CASE("a piece is bounded, and has at least one event") {
  Tail tail(0);
  tail.append({entry(1), entry(2), entry(3)});
  CHECK(positions(tail.after(0, 20)) == std::vector<Sequence>{1, 2});
  CHECK(positions(tail.after(0, 19)) == std::vector<Sequence>{1});
  CHECK(positions(tail.after(0, 1)) == std::vector<Sequence>{1});
}

TEST_CASE("what is before the tail is not here") {
  Tail tail(7);
  tail.append({entry(8)});
  CHECK_FALSE(tail.after(6, 1000));
}

TEST_CASE("the tail forgets the oldest when it has too much, but never the last") {
  Tail tail(0, 25);
  tail.append({entry(1), entry(2), entry(3)});
  CHECK_FALSE(tail.after(0, 1000));
  CHECK(positions(tail.after(1, 1000)) == std::vector<Sequence>{2, 3});
  tail.append({entry(4, 1000)});
  CHECK_FALSE(tail.after(2, 1000));
  CHECK(positions(tail.after(3, 1000)) == std::vector<Sequence>{4});
}

TEST_CASE("what the tail may keep is kept to the last byte") {
  Tail tail(0, 20);
  tail.append({entry(1), entry(2)});
  CHECK(positions(tail.after(0, 1000)) == std::vector<Sequence>{1, 2});
}

TEST_CASE("listeners are called when there are new events, and find them, until they go") {
  Tail tail(0);
  Sequence seen = 0;
  int calls = 0;
  std::optional<Tail::Watch> one(std::in_place, tail, [&] { seen = tail.last(); });
  const Tail::Watch other(tail, [&] { ++calls; });
  tail.append({});
  CHECK(seen == 0);
  tail.append({entry(1)});
  CHECK(seen == 1);
  CHECK(calls == 1);
  one.reset();
  tail.append({entry(2)});
  CHECK(seen == 1);
  CHECK(calls == 2);
}

}  // namespace vtp
