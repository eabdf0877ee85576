#include "lib/cli/service.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

const std::string time_of_test = "2026-11-22T12:42:50.123Z ";

struct Fixture {
  TemporaryFolder folder;
  TestClock clock;

  [[nodiscard]] ServiceOptions options() const {
    ServiceOptions options;
    options.name = "broker";
    options.log_file = folder.file("log");
    options.pid_file = folder.file("pid");
    return options;
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }
};

// What comes on standard error meanwhile.
template <class Work>
std::string said_during(const Work& work) {
  Pipe pipe;
  const int before = dup(STDERR_FILENO);
  dup2(pipe.writing(), STDERR_FILENO);
  work();
  dup2(before, STDERR_FILENO);
  close(before);
  pipe.close_writing();
  return pipe.read_all();
}

}  // namespace

TEST_CASE("what stops a service is in its log, and is thrown on for standard error") {
  const Fixture fixture;
  Service service(fixture.options(), fixture.clock);
  CHECK_THROWS_WITH(service.run([]() -> int { throw std::runtime_error("port taken"); }),
                    "port taken");
  CHECK(fixture.logged() == time_of_test + "ERROR port taken\n");
  CHECK(service.run([] { return 7; }) == 7);
}

TEST_CASE("without a log file, what stops a service is said once") {
  const Fixture fixture;
  ServiceOptions options = fixture.options();
  options.log_file.reset();
  CHECK(said_during([&] {
          Service service(options, fixture.clock);
          CHECK_THROWS_WITH(service.run([]() -> int { throw std::runtime_error("port taken"); }),
                            "port taken");
        }).empty());
}

TEST_CASE("a second start says that the service runs already, and leaves its log alone") {
  const Fixture fixture;
  Service first(fixture.options(), fixture.clock);
  REQUIRE_FALSE(first.start());
  const std::string said = said_during([&] {
    Service second(fixture.options(), fixture.clock);
    CHECK(second.start() == 1);
  });
  CHECK(said == fmt::format("broker: already running as process {} ({})\n", getpid(),
                            fixture.folder.file("pid")));
  CHECK(fixture.logged().empty());
  ServiceOptions quiet = fixture.options();
  quiet.most = Level::warning;
  CHECK(said_during([&] {
          Service third(quiet, fixture.clock);
          CHECK(third.start() == 1);
        }).empty());
}

TEST_CASE("a service that hangs up writes to a new log, or says why it cannot") {
  const Fixture fixture;
  const std::string diagnostics = fixture.folder.file("log");
  Service service(fixture.options(), fixture.clock);
  std::filesystem::rename(diagnostics, diagnostics + ".1");
  service.hangup();
  CHECK(fixture.logged() == time_of_test + "INFO Reopened the log file " + diagnostics + "\n");
  std::filesystem::rename(diagnostics, diagnostics + ".2");
  std::filesystem::create_directory(diagnostics);
  service.hangup();
  CHECK_THAT(content(diagnostics + ".2"),
             Catch::Matchers::EndsWith("ERROR Cannot reopen the log file " + diagnostics +
                                       ": Is a directory; continuing in the old file\n"));
  CHECK(content(diagnostics + ".1").empty());
}

TEST_CASE(
    "SIGHUP is for a daemon, for a service with a log file, and for one that reads something "
    "again") {
  const Fixture fixture;
  ServiceOptions options;
  options.name = "broker";
  CHECK_FALSE(Service(options, fixture.clock).heeds_hangup());
  options.rereads = true;
  CHECK(Service(options, fixture.clock).heeds_hangup());
  options.rereads = false;
  options.daemon = true;
  CHECK(Service(options, fixture.clock).heeds_hangup());
  CHECK(Service(fixture.options(), fixture.clock).heeds_hangup());
}

TEST_CASE("a service manager that cannot be told is a warning") {
  const Fixture fixture;
  setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  Service service(fixture.options(), fixture.clock);
  service.ready();
  CHECK(fixture.logged() == time_of_test +
                                "WARNING Cannot tell READY=1 to NOTIFY_SOCKET "
                                "/nonexistent/notify: No such file or directory\n");
}

TEST_CASE("what stops a service that serves is logged and said, and nobody waits for a reader") {
  const Fixture fixture;
  const auto fails = [](Service& service) {
    return service.run([&]() -> int {
      service.ready();
      throw std::runtime_error("out of luck");
    });
  };
  const std::string said = said_during([&] {
    Service service(fixture.options(), fixture.clock);
    CHECK(fails(service) == 1);
  });
  CHECK(said == "broker: out of luck\n");
  CHECK(fixture.logged() == time_of_test + "ERROR out of luck\n");

  // Standard error is full.
  const Pipe pipe;
  REQUIRE(fcntl(pipe.writing(), F_SETPIPE_SZ, 4096) == 4096);
  REQUIRE(write(pipe.writing(), std::string(4096, 'x').data(), 4096) == 4096);
  const int before = dup(STDERR_FILENO);
  dup2(pipe.writing(), STDERR_FILENO);
  {
    Service service(fixture.options(), fixture.clock);
    CHECK(fails(service) == 1);
  }
  dup2(before, STDERR_FILENO);
  close(before);
}

TEST_CASE(
    "a service hangs up though nobody reads its old log, and what waits comes into the new one") {
  const Fixture fixture;
  const std::string path = fixture.folder.file("log");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const Descriptor unread(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  Service service(fixture.options(), fixture.clock);
  service.ready();
  const Descriptor filling(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  while (write(filling.get(), "xxxxxxx\n", 8) > 0) {
  }
  service.diagnostics().info("waits");
  std::filesystem::rename(path, path + ".1");
  service.hangup();
  const std::string all =
      time_of_test + "INFO waits\n" + time_of_test + "INFO Reopened the log file " + path + "\n";
  while (fixture.logged().size() < all.size())
    service.diagnostics().flush();
  CHECK(fixture.logged() == all);
}

}  // namespace vtp
