#include "lib/sessions/rounds.h"

#include <list>

#include <asio/post.hpp>

#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/opened_log.h"

namespace vtp {
namespace {

struct CountingFollower final : Rounds::Follower {
  void wake_up() override { ++woken; }
  int woken = 0;
};

struct Fixture : OpenedLog {
  Rounds rounds{context.get_executor(), *events};
  int appended = 0;

  void append() {
    const std::string bytes = std::to_string(++appended);
    auto event = std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}});
    REQUIRE(run_to_end(context, events->append(std::move(event), "them")) == Stored::first);
  }
  // Until there have been so many rounds.
  void run_until(std::uint64_t begun) {
    const auto end = std::chrono::steady_clock::now() + test_timeout;
    context.restart();
    while (rounds.begun() < begun && std::chrono::steady_clock::now() < end)
      context.run_one_for(std::chrono::milliseconds(10));
    CHECK(rounds.begun() == begun);
    context.poll();
  }
};

}  // namespace

TEST_CASE("all who follow are woken when the log has grown, and those who left are not") {
  Fixture fixture;
  std::list<CountingFollower> followers(200);
  for (CountingFollower& follower : followers)
    fixture.rounds.add(follower);
  fixture.append();
  fixture.run_until(1);
  for (const CountingFollower& follower : followers)
    CHECK(follower.woken == 1);
  fixture.rounds.remove(followers.front());
  fixture.append();
  fixture.run_until(2);
  CHECK(followers.front().woken == 1);
  CHECK(followers.back().woken == 2);
}

TEST_CASE("others have their turn while many are woken") {
  Fixture fixture;
  std::list<CountingFollower> followers(1000);
  for (CountingFollower& follower : followers)
    fixture.rounds.add(follower);
  fixture.append();
  int woken_before_others = -1;
  const auto count = [&] {
    int woken = 0;
    for (const CountingFollower& follower : followers)
      woken += follower.woken;
    return woken;
  };
  while (count() == 0) {
    fixture.context.restart();
    fixture.context.run_one_for(std::chrono::milliseconds(10));
  }
  asio::post(fixture.context, [&] { woken_before_others = count(); });
  fixture.context.poll();
  CHECK(woken_before_others < 1000);
  CHECK(count() == 1000);
}

TEST_CASE("where nobody follows there are no rounds") {
  Fixture fixture;
  fixture.append();
  fixture.context.restart();
  fixture.context.poll();
  CHECK(fixture.rounds.begun() == 0);
}

}  // namespace vtp
