#include "lib/store/write_turn.h"

#include <chrono>
#include <future>
#include <mutex>

#include "lib/store/owner_lock.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/write_turn.h"

namespace vtp {
namespace {

constexpr std::chrono::seconds longest{60};

}  // namespace

TEST_CASE("one has the turn at a time") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  WriteTurn first(database, longest);
  WriteTurn second(database, longest);
  first.lock();
  CHECK(is_taken(database));
  auto waiting = std::async(std::launch::async, [&] { const std::lock_guard turn(second); });
  // Long enough for it to have asked in nearly every run; in the others this shows nothing.
  CHECK(waiting.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  first.unlock();
  waiting.get();
  CHECK_FALSE(is_taken(database));
}

TEST_CASE("a turn that does not come is not waited for longer than that") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  WriteTurn first(database, longest);
  WriteTurn second(database, std::chrono::milliseconds(1));
  const std::lock_guard turn(first);
  second.lock();
  second.unlock();
  CHECK(is_taken(database));  // by the first
}

TEST_CASE("without a lock file there are no turns") {
  const TemporaryFolder folder;
  WriteTurn turn(folder.file("none/events.db"), longest);
  turn.lock();
  turn.unlock();
}

TEST_CASE("the turn does not disturb an owner's lock") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  OwnerLocks locks(lock_path(database));
  const Owner owner = locks.take();
  WriteTurn turn(database, longest);
  turn.lock();
  turn.unlock();
  CHECK(OwnerLocks(lock_path(database)).alive(owner));
}

}  // namespace vtp
