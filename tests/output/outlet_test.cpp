#include "lib/output/outlet.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/archive/archive_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using namespace std::string_literals;

// Prints to a pipe, and is closed to see what came through.
struct Fixture {
  explicit Fixture(const std::function<void(OutletOptions&)>& change = {}) {
    OutletOptions options;
    options.print_to = pipe.writing();
    if (change) change(options);
    outlet.emplace(
        context.get_executor(), std::move(options), [this] { ++done; }, clock, diagnostics);
  }

  bool take(const std::string& ivorn) {
    const bool taken = run_to_end(context, outlet->take(sample_event(ivorn), "them", [this, ivorn] {
      finished.push_back(ivorn);
    }));
    settle();
    return taken;
  }
  void finish() { run_to_end(context, commands_ended()); }
  void settle() {  // whoever is to be told has been told
    context.restart();
    context.poll();
  }
  asio::awaitable<bool> commands_ended() {
    co_await outlet->finish();
    co_return true;
  }
  std::string printed() {
    pipe.close_writing();
    return pipe.read_all();
  }

  Pipe pipe;
  TemporaryFolder folder;
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  asio::io_context context;
  int done = 0;
  std::vector<std::string> finished;  // of which events it was said
  std::optional<Outlet> outlet;
};

}  // namespace

TEST_CASE("events are printed, each followed by NUL") {
  Fixture fixture;
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.done == 0);
  CHECK_FALSE(fixture.outlet->failed());
  CHECK(fixture.printed() ==
        valid_event("ivo://a.b/c#1") + '\0' + valid_event("ivo://a.b/c#2") + '\0');
}

TEST_CASE("as JSON, an event is one line that tells when and where it came from") {
  Fixture fixture([](OutletOptions& options) { options.print = Print::json; });
  CHECK(fixture.take("ivo://a.b/c#1"));
  const std::string line = fixture.printed();
  INFO(line);
  CHECK(line.find('\n') == line.size() - 1);
  for (const char* part : {R"("ivorn":"ivo://a.b/c#1")", R"("received":"2026-11-22T12:42:50.123Z")",
                           R"("from":"them")"})
    CHECK(line.find(part) != std::string::npos);
}

TEST_CASE("in a form of the user's, an event is that and nothing else") {
  Fixture fixture([](OutletOptions& options) {
    options.print = Print::format;
    options.format = *Format::parse("%r %i from %F\\n");
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.printed() == "test ivo://a.b/c#1 from them\ntest ivo://a.b/c#2 from them\n");
}

TEST_CASE("a form may be empty") {
  Fixture fixture([](OutletOptions& options) { options.print = Print::format; });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.printed().empty());
}

TEST_CASE("after so many events it is done, once, and refuses what comes then") {
  Fixture fixture([](OutletOptions& options) { options.count = 2; });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.done == 0);
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.done == 1);
  CHECK_FALSE(fixture.take("ivo://a.b/c#3"));
  CHECK(fixture.done == 1);
  CHECK_FALSE(fixture.outlet->failed());
  CHECK(fixture.printed().find("c#3") == std::string::npos);
}

TEST_CASE("of two events at once, only as many are taken as are wanted") {
  Fixture fixture([](OutletOptions& options) { options.count = 1; });
  auto first =
      asio::co_spawn(fixture.context, fixture.outlet->take(sample_event("ivo://a.b/c#1"), "them"),
                     asio::use_future);
  CHECK_FALSE(fixture.take("ivo://a.b/c#2"));
  REQUIRE(comes_true(fixture.context, [&] { return fixture.done > 0; }));
  CHECK(first.get());
  CHECK(fixture.printed() == valid_event("ivo://a.b/c#1") + '\0');
}

TEST_CASE("what no filter wants is acknowledged, and neither printed nor counted") {
  Fixture fixture([](OutletOptions& options) {
    options.filters = {"//None", "/*[contains(@ivorn, '#2')]"};
    options.count = 1;
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.done == 0);
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.done == 1);
  CHECK(fixture.printed() == valid_event("ivo://a.b/c#2") + '\0');
}

TEST_CASE("what is not in the cone is acknowledged, and neither printed nor counted") {
  Fixture fixture([](OutletOptions& options) {
    options.cone = Cone{0, 89, 2};
    options.count = 2;
  });
  const auto take = [&](double ra, double dec) {
    test::Content content;
    content.point = SkyPoint{ra, dec};
    const test::Made made = test::made_event("ivo://a.b/c#1", content);
    auto event = std::make_shared<const Event>(Event{made.bytes, digest_of(made.bytes), {}});
    CHECK(run_to_end(fixture.context, fixture.outlet->take(event, "them")));
    fixture.settle();
    return made.bytes + '\0';
  };
  const std::string first = take(180, 89.5);
  take(180, 88);
  CHECK(fixture.take("ivo://a.b/c#2"));  // without a position
  CHECK(fixture.done == 0);
  const std::string last = take(359, 88);
  CHECK(fixture.done == 1);
  CHECK(fixture.printed() == first + last);
}

TEST_CASE("when nobody reads any more it is done, without acknowledging, and has not failed") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  Fixture fixture;
  fixture.pipe.close_reading();
  CHECK_FALSE(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.done == 1);
  CHECK_FALSE(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.done == 1);
  CHECK_FALSE(fixture.outlet->failed());
  std::signal(SIGPIPE, before);
}

TEST_CASE("what cannot be printed is a failure, and the end") {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  Fixture fixture([&](OutletOptions& options) { options.print_to = full; });
  CHECK_FALSE(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.done == 1);
  CHECK(fixture.outlet->failed());
  close(full);
}

TEST_CASE("an event is saved and printed") {
  const TemporaryFolder folder;
  Fixture fixture([&](OutletOptions& options) { options.save = folder.file("events"); });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(content(folder.file("events/a.b_c_1.xml")) == valid_event("ivo://a.b/c#1"));
  CHECK(fixture.printed() == valid_event("ivo://a.b/c#1") + '\0');
}

TEST_CASE("what cannot be saved is refused and does not count; the next one may be") {
  const TemporaryFolder folder;
  const std::string place = folder.file("events");
  Fixture fixture([&](OutletOptions& options) {
    options.save = place;
    options.count = 1;
  });
  std::filesystem::remove(place);
  CHECK_FALSE(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.outlet->failed());
  CHECK(fixture.done == 0);
  std::filesystem::create_directory(place);
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.done == 1);
  CHECK(fixture.printed() == valid_event("ivo://a.b/c#1") + '\0');
}

TEST_CASE("a folder that cannot be used is told at once") {
  const TemporaryFolder folder;
  const auto unusable = [&](OutletOptions& options) { options.save = folder.file("none/events"); };
  CHECK_THROWS_AS(Fixture(unusable), std::runtime_error);
}

TEST_CASE("a command does not hold up the acknowledgement, and its failure is counted") {
  const TemporaryFolder folder;
  const std::string go = folder.file("go");
  Fixture fixture([&](OutletOptions& options) {
    options.print = Print::nothing;
    options.command.emplace().command = "until [ -e " + go + " ]; do sleep 0.01; done; exit 3";
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK_FALSE(fixture.outlet->failed());  // it still runs
  std::ofstream{go};
  fixture.finish();
  CHECK(fixture.outlet->failed());
  CHECK(fixture.done == 0);
  CHECK(fixture.printed().empty());
}

TEST_CASE("an event is finished when it is written out, or at once if it is not wanted") {
  Fixture fixture([](OutletOptions& options) {
    options.filters = {"/*[contains(@ivorn, '#2')]"};
    options.count = 1;
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK_FALSE(fixture.take("ivo://a.b/c#3"));
  CHECK(fixture.finished == std::vector<std::string>{"ivo://a.b/c#1", "ivo://a.b/c#2"});
}

TEST_CASE("an event is not finished while it cannot be written out") {
  const TemporaryFolder folder;
  Fixture fixture([&](OutletOptions& options) { options.save = folder.file("events"); });
  std::filesystem::remove(folder.file("events"));
  CHECK_FALSE(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.finished.empty());
}

TEST_CASE("an event with a command is finished when that has ended, however it did") {
  const TemporaryFolder folder;
  const std::string go = folder.file("go");
  Fixture fixture([&](OutletOptions& options) {
    options.command.emplace().jobs = 2;
    options.command->command =
        "case $VOEVENT_IVORN in *2) exit 3;; esac; until [ -e " + go + " ]; do sleep 0.01; done";
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(comes_true(fixture.context, [&] { return !fixture.finished.empty(); }));
  CHECK(fixture.finished == std::vector<std::string>{"ivo://a.b/c#2"});
  std::ofstream{go};
  fixture.finish();
  CHECK(fixture.finished == std::vector<std::string>{"ivo://a.b/c#2", "ivo://a.b/c#1"});
}

TEST_CASE("when very many commands wait, further events wait where they are") {
  const auto waits = [](std::size_t most, const std::string& bytes) {
    Fixture fixture([](OutletOptions& options) {
      options.print = Print::nothing;
      options.command.emplace().command = "exec sleep 1000";
    });
    const auto event = std::make_shared<const Event>(Event{bytes, {}, {}});
    std::vector<std::future<bool>> taken;
    for (std::size_t i = 0; i <= most; ++i) {
      taken.push_back(
          asio::co_spawn(fixture.context, fixture.outlet->take(event, "them"), asio::use_future));
      fixture.settle();
    }
    CHECK(fixture.outlet->taken() == most);
    fixture.outlet->stop_commands();
    CHECK(comes_true(fixture.context, [&] { return fixture.outlet->taken() == most + 1; }));
    fixture.finish();
  };
  waits(1000, "<a/>");
  waits(2, std::string(8 * 1024 * 1024, 'x'));
}

TEST_CASE("commands that are stopped have failed, and their events are not finished") {
  Fixture fixture([](OutletOptions& options) {
    options.print = Print::nothing;
    options.command.emplace().command = "exec sleep 1000";
  });
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#2"));
  fixture.outlet->stop_commands();
  fixture.finish();
  CHECK(fixture.outlet->failed());
  CHECK(fixture.finished.empty());
}

}  // namespace vtp
