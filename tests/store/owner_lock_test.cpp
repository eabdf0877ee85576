#include "lib/store/owner_lock.h"

#include <csignal>
#include <optional>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {

TEST_CASE("an owner is alive for others as long as it is there") {
  const TemporaryFolder folder;
  OwnerLocks other(folder.file("locks"));
  std::optional<OwnerLocks> holder(std::in_place, folder.file("locks"));
  const Owner owner = holder->take();
  CHECK(owner > 0);
  CHECK(other.alive(owner));
  CHECK_FALSE(other.alive(owner + 1));
  CHECK(OwnerLocks(folder.file("locks")).alive(owner));  // and its end is not the owner's
  CHECK(other.alive(owner));
  holder.reset();
  CHECK_FALSE(other.alive(owner));
}

TEST_CASE("an owner that is killed is alive no more") {
  const TemporaryFolder folder;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    OwnerLocks locks(folder.file("locks"));
    const Owner owner = locks.take();
    if (write(ends[1], &owner, sizeof owner) != sizeof owner) _exit(1);
    for (;;)
      pause();
  }
  Owner owner = 0;
  REQUIRE(read(ends[0], &owner, sizeof owner) == sizeof owner);
  OwnerLocks locks(folder.file("locks"));
  CHECK(locks.alive(owner));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK_FALSE(locks.alive(owner));
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a file that cannot be made is named") {
  OwnerLocks locks("/nonexistent/locks");
  CHECK_THROWS_WITH(locks.take(), "/nonexistent/locks: No such file or directory");
  CHECK_THROWS_AS(locks.alive(1), std::system_error);
}

}  // namespace vtp
