#include "lib/net/supervised.h"

#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

#include "lib/net/coroutine.h"
#include "tests/support/catch.h"
#include "tests/support/running.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;

// Work that fails so many times, and then waits to be told to end.
struct Fixture {
  explicit Fixture(int fails, milliseconds pause = milliseconds{1}) : failures(fails) {
    work.emplace(
        context.get_executor(), "Counting", [this] { return count(); }, diagnostics,
        [this](const std::exception_ptr& how) {
          ++ends;
          problem = how;
        },
        SupervisedPauses{pause, pause});
    work->start();
  }
  ~Fixture() { ::close(log_fd); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  asio::awaitable<void> count() {
    if (++begun <= failures) throw std::bad_alloc();
    while (!told)
      co_await change.wait();
  }
  void tell() {
    told = true;
    change.tell();
  }

  TemporaryFolder folder;
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  Change change{context.get_executor()};
  bool told = false;
  int failures;
  int begun = 0;
  int ends = 0;
  std::exception_ptr problem;
  std::optional<Supervised> work;
};

}  // namespace

TEST_CASE("work that fails is begun again until it goes well, and the log says so") {
  Fixture fixture(2);
  CHECK(comes_true(fixture.context, [&] { return fixture.begun == 3; }));
  CHECK(fixture.ends == 0);
  CHECK(content(fixture.folder.file("log")) ==
        "test: Counting failed: out of memory; restarting in 0.0 s\n"
        "test: Counting failed: out of memory; restarting in 0.0 s\n");
  fixture.tell();
  CHECK(comes_true(fixture.context, [&] { return fixture.ends > 0; }));
  CHECK(fixture.ends == 1);
  CHECK_FALSE(fixture.problem);
}

TEST_CASE("work that is stopped while it waits is begun once more, and is over when that fails") {
  Fixture fixture(10, std::chrono::hours{1});
  REQUIRE(comes_true(fixture.context, [&] { return fixture.begun == 1; }));
  fixture.work->stop();
  CHECK(comes_true(fixture.context, [&] { return fixture.ends == 1; }));
  CHECK(fixture.begun == 2);
  CHECK(fixture.problem);
}

TEST_CASE("a context ends although its work waits to be begun again") {
  Fixture fixture(10, std::chrono::hours{1});
  CHECK(comes_true(fixture.context, [&] { return fixture.begun == 1; }));
}

}  // namespace vtp
