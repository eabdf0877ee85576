#include "lib/cli/pid_file.h"

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

struct Fixture {
  TemporaryFolder folder;
  std::string path = folder.file("pid");

  void put(const std::string& text) const { std::ofstream(path) << text; }
  [[nodiscard]] bool exists() const { return std::filesystem::exists(path); }
};

const std::string our_line = fmt::format("{}\n", getpid());

// What happens in a child, which gives whether that is as it should be.
template <class Work>
bool in_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

}  // namespace

TEST_CASE("a pid file holds the process number and a newline, and is gone at the end") {
  const Fixture fixture;
  {
    PidFile file(fixture.path);
    REQUIRE(file.is_ours());
    CHECK(content(fixture.path).empty());
    file.write();
    CHECK(content(fixture.path) == our_line);
  }
  CHECK_FALSE(fixture.exists());
}

TEST_CASE("a second one is told who has the pid file, and leaves it alone") {
  const Fixture fixture;
  PidFile file(fixture.path);
  {
    const PidFile second(fixture.path);
    CHECK_FALSE(second.is_ours());
    CHECK_FALSE(second.holder());  // not written yet
  }
  file.write();
  {
    const PidFile third(fixture.path);
    CHECK_FALSE(third.is_ours());
    CHECK(third.holder() == getpid());
  }
  CHECK(content(fixture.path) == our_line);
}

TEST_CASE("a pid file that a killed program left is taken over") {
  const Fixture fixture;
  for (const char* left : {"", "4194304\n", "17"}) {
    fixture.put(left);
    PidFile file(fixture.path);
    REQUIRE(file.is_ours());
    file.write();
    CHECK(content(fixture.path) == our_line);
  }
}

TEST_CASE("a file that is no pid file is refused and left as it is") {
  const Fixture fixture;
  for (const char* other : {"[broker]\n", "17 18\n", "-17\n", "0\n", "\n", "17\n\n"}) {
    fixture.put(other);
    CHECK_THROWS_WITH(
        PidFile(fixture.path),
        fixture.path + " is not a PID file: it contains something other than a process ID");
    CHECK(content(fixture.path) == other);
  }
  CHECK_THROWS_AS(PidFile("/dev/null"), std::runtime_error);
}

TEST_CASE("a link is no pid file, and what it leads to is left as it is") {
  const Fixture fixture;
  const std::string target = fixture.folder.file("target");
  std::ofstream{target};
  std::filesystem::create_symlink(target, fixture.path);
  CHECK_THROWS_WITH(PidFile(fixture.path),
                    fixture.path + " is not a PID file: it is a symbolic link");
  CHECK(content(target).empty());
}

TEST_CASE("a pid file that cannot be is said to be that") {
  const Fixture fixture;
  CHECK_THROWS_WITH(PidFile(fixture.path + "/x"),
                    "cannot create the PID file " + fixture.path + "/x: No such file or directory");
  CHECK_THROWS_AS(PidFile(fixture.folder.file("")), std::runtime_error);
}

TEST_CASE("a forked child has the lock too, and whoever wrote the pid file removes it") {
  const Fixture fixture;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  pid_t child = 0;
  {
    PidFile file(fixture.path);
    child = fork();
    if (child == 0) {
      {
        file.write();
        char go = 0;
        if (read(ends[0], &go, 1) != 1) _exit(2);
        file.~PidFile();
      }
      _exit(std::filesystem::exists(fixture.path) ? 1 : 0);
    }
    while (content(fixture.path).empty())
      std::this_thread::yield();
  }
  CHECK(PidFile(fixture.path).holder() == child);
  CHECK(write(ends[1], "", 1) == 1);
  int status = 1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(PidFile(fixture.path).is_ours());
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a process that was killed has the lock no more") {
  const Fixture fixture;
  CHECK_FALSE(in_child([&] {
    PidFile file(fixture.path);
    file.write();
    return raise(SIGKILL) == 0;
  }));
  CHECK(fixture.exists());
  CHECK(PidFile(fixture.path).is_ours());
}

TEST_CASE("a pid file that is another's by now is not removed") {
  const Fixture fixture;
  {
    PidFile file(fixture.path);
    file.write();
    std::filesystem::remove(fixture.path);
    fixture.put("17\n");
  }
  CHECK(content(fixture.path) == "17\n");
}

TEST_CASE("of many that come and go, one at a time has the pid file") {
  const Fixture fixture;
  std::atomic<int> holders = 0;
  std::atomic<int> most = 0;
  std::atomic<int> times = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) {
        PidFile file(fixture.path);
        if (!file.is_ours()) continue;
        if (++holders > 1) most = 2;
        ++times;
        file.write();
        --holders;
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  CHECK(most == 0);
  CHECK(times > 0);
  CHECK_FALSE(fixture.exists());
}

}  // namespace vtp
