#include "lib/store/broker_lock.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "lib/store/database.h"
#include "lib/store/owner_lock.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

// A process that waits until it is killed, which it is at the end.
class Child {
 public:
  template <class Work>
  explicit Child(const Work& work) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    process_ = fork();
    if (process_ == 0) {
      work();
      if (write(ends[1], "", 1) != 1) _exit(1);
      for (;;)
        pause();
    }
    char byte = 0;
    REQUIRE(read(ends[0], &byte, 1) == 1);
    close(ends[0]);
    close(ends[1]);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t process() const { return process_; }
  void end() {
    if (process_ == 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
};

std::string in_use(const std::string& database, pid_t process) {
  return fmt::format("{} is in use by another broker (process {}); give each broker its own",
                     database, process);
}

}  // namespace

TEST_CASE("a log is one broker's, until it is done with it") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  auto lock = std::make_unique<BrokerLock>(database);
  CHECK_THROWS_AS(BrokerLock(database), StoreError);
  CHECK_THROWS_WITH(BrokerLock(database), in_use(database, getpid()));
  const BrokerLock other(folder.file("other.db"));
  lock.reset();
  lock = std::make_unique<BrokerLock>(database);
}

TEST_CASE("a log is another broker's, however that came to be, until it is killed") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  std::optional<BrokerLock> ours;
  std::optional<Child> child;
  SECTION("it took it") {
    child.emplace([&] { ours.emplace(database); });
    CHECK_THROWS_WITH(BrokerLock(database), in_use(database, child->process()));
  }
  SECTION("it is the child of who took it") {
    ours.emplace(database);
    child.emplace([] {});
    ours.reset();
    CHECK_THROWS_AS(BrokerLock(database), StoreError);
  }
  child->end();
  CHECK_NOTHROW(BrokerLock(database));
}

TEST_CASE("others that share a broker's database are no brokers") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  OwnerLocks others(database + "-claims");
  const Owner owner = others.take();
  const BrokerLock lock(database);
  CHECK(OwnerLocks(database + "-claims").alive(owner));
  OwnerLocks more(database + "-claims");
  CHECK(more.take() != owner);
}

TEST_CASE("a link in place of the file of locks is not followed") {
  const TemporaryFolder folder;
  const std::string database = folder.file("events.db");
  std::ofstream(folder.file("target")) << "17\n";
  std::filesystem::create_symlink("target", database + "-claims");
  CHECK_THROWS_WITH(BrokerLock(database), database + "-claims: Too many levels of symbolic links");
  CHECK(content(folder.file("target")) == "17\n");
}

}  // namespace vtp
