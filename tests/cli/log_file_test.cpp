#include "lib/cli/log_file.h"

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/base/diagnostics.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

const TestClock test_clock;

Diagnostics log_into(const LogFile& file) {
  return {"test", LineStyle::tool, Level::info, test_clock, file.fd()};
}

}  // namespace

TEST_CASE("a log file is appended to") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  for (const char* text : {"one", "two"}) {
    const LogFile file(path);
    log_into(file).info("{}", text);
  }
  CHECK(content(path) == "test: one\ntest: two\n");
}

TEST_CASE("a log file is for everybody whom the umask lets") {
  const TemporaryFolder folder;
  const mode_t before = umask(027);
  const LogFile file(folder.file("log"));
  umask(before);
  struct stat made {};
  REQUIRE(stat(file.path().c_str(), &made) == 0);
  CHECK((made.st_mode & 0777) == 0640);
}

TEST_CASE("a log file that cannot be opened is said to be that") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      LogFile(folder.file("none/log")),
      "cannot open the log file " + folder.file("none/log") + ": No such file or directory");
}

TEST_CASE("a FIFO as a log file must have a reader, and is blocking as others have it") {
  const TemporaryFolder folder;
  const std::string path = folder.file("fifo");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(LogFile(path), "cannot open the log file " + path + ": nobody reads this FIFO");
  Descriptor reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  LogFile file(path);
  CHECK((fcntl(file.fd(), F_GETFL) & (O_NONBLOCK | O_APPEND)) == O_APPEND);
  log_into(file).info("one");
  char text[100];
  CHECK(read(reader.get(), text, sizeof text) == 10);
  reader = {};
  CHECK(file.reopen() == std::errc::no_such_device_or_address);
}

TEST_CASE("a log file that was moved away is made anew, wherever the program is then") {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.file(""));
  LogFile file("log");
  const Diagnostics diagnostics = log_into(file);
  diagnostics.info("before");
  std::filesystem::rename("log", "old");
  diagnostics.info("between");
  std::filesystem::current_path("/");
  CHECK_FALSE(file.reopen());
  std::filesystem::current_path(before);
  diagnostics.info("after");
  CHECK(content(folder.file("old")) == "test: before\ntest: between\n");
  CHECK(content(folder.file("log")) == "test: after\n");
}

TEST_CASE("where there can be no new log file, the log goes on in the old one") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("logs"));
  LogFile file(folder.file("logs/log"));
  const Diagnostics diagnostics = log_into(file);
  std::filesystem::rename(folder.file("logs"), folder.file("gone"));
  CHECK(file.reopen() == std::errc::no_such_file_or_directory);
  diagnostics.info("still here");
  CHECK(content(folder.file("gone/log")) == "test: still here\n");
}

TEST_CASE("no line of any thread is lost or torn while a log file is opened anew") {
  constexpr int lines = 2000;
  constexpr int threads = 4;
  constexpr int rotations = 50;
  const TemporaryFolder folder;
  LogFile file(folder.file("log"));
  const Diagnostics diagnostics = log_into(file);
  std::vector<std::thread> writers;
  for (int thread = 0; thread < threads; ++thread)
    writers.emplace_back([&diagnostics, thread] {
      for (int i = 0; i < lines; ++i)
        diagnostics.info("{} {}", thread, i);
    });
  for (int i = 0; i < rotations; ++i) {
    std::filesystem::rename(file.path(), file.path() + std::to_string(i));
    REQUIRE_FALSE(file.reopen());
  }
  for (std::thread& writer : writers)
    writer.join();

  std::set<std::string> expected;
  for (int thread = 0; thread < threads; ++thread)
    for (int i = 0; i < lines; ++i)
      expected.insert(fmt::format("test: {} {}", thread, i));
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder.file(""))) {
    std::istringstream text(content(entry.path().string()));
    for (std::string line; std::getline(text, line);)
      found.insert(line);
  }
  CHECK(found == expected);
}

}  // namespace vtp
