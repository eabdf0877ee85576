#include "lib/subscriber/cursor_keeper.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  explicit Fixture(const std::string& name = "cursors") : path(folder.file(name)) {
    keeper.emplace(context.get_executor(), CursorFile(path), diagnostics);
  }
  ~Fixture() { ::close(log_fd); }

  asio::awaitable<bool> finished() {
    co_await keeper->finish();
    co_return true;
  }
  void finish() { run_to_end(context, finished()); }
  [[nodiscard]] std::optional<Digest> cursor() const { return CursorFile(path).find("a.b:8099"); }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }

  TemporaryFolder folder;
  std::string path;
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, log_fd};
  asio::io_context context;
  std::optional<CursorKeeper> keeper;
};

}  // namespace

TEST_CASE("a cursor is in the file soon, and the last one at the end") {
  Fixture fixture;
  fixture.keeper->keep("a.b:8099", digest_of("1"));
  CHECK(comes_true(fixture.context, [&] { return fixture.cursor() == digest_of("1"); }));
  for (int i = 2; i < 1000; ++i)
    fixture.keeper->keep("a.b:8099", digest_of(std::to_string(i)));
  CHECK(comes_true(fixture.context, [&] { return fixture.cursor() == digest_of("999"); }));
  fixture.keeper->keep("a.b:8099", digest_of("1000"));
  fixture.keeper->keep("a.b:8099", digest_of("1001"));
  fixture.finish();
  CHECK(fixture.cursor() == digest_of("1001"));
  CHECK_FALSE(fixture.keeper->failed());
}

TEST_CASE("with nothing to keep there is nothing to finish") {
  Fixture fixture;
  fixture.finish();
  CHECK_FALSE(std::filesystem::exists(fixture.path));
}

TEST_CASE("a file that cannot be written is an error, once, until it can") {
  Fixture fixture("none/cursors");
  fixture.keeper->keep("a.b:8099", digest_of("1"));
  CHECK(comes_true(fixture.context, [&] { return fixture.keeper->failed(); }));
  fixture.keeper->keep("a.b:8099", digest_of("2"));
  std::filesystem::create_directory(fixture.folder.file("none"));
  CHECK(comes_true(fixture.context, [&] {
    return fixture.cursor() == digest_of("2") && !fixture.keeper->failed();
  }));
  const std::string logged = fixture.logged();
  CHECK(std::ranges::count(logged, '\n') == 1);
  CHECK(logged.find("cannot write " + fixture.path) != std::string::npos);
}

TEST_CASE("what cannot be written at the end has failed, and does not hold it up") {
  Fixture fixture("none/cursors");
  fixture.keeper->keep("a.b:8099", digest_of("1"));
  fixture.finish();
  CHECK(fixture.keeper->failed());
}

}  // namespace vtp
