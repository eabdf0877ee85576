#include "lib/followers/handler.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <unistd.h>

#include <asio/detached.hpp>

#include "lib/voevent/test_event.h"
#include "tests/support/catch.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/pipe.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// A log, and a handler that prints to a pipe unless told otherwise.
struct Fixture {
  Fixture() {
    std::signal(SIGPIPE, SIG_IGN);
    options.name = "--test";
    options.cursor = "test";
    options.outlet.print = Print::nothing;
    open_log();
  }
  ~Fixture() { ::close(log_fd); }

  void start() {
    handler.emplace(context.get_executor(), options, *events, clock, diagnostics);
    asio::co_spawn(context, handler->run(), asio::detached);
  }
  void print() {
    options.outlet.print = Print::stream;
    options.outlet.print_to = pipe.writing();
    start();
  }
  // Once the handler has ended: the broker ends, and starts again.
  void restart_log() {
    handler.reset();
    events.reset();
    open_log();
  }
  void open_log() { events.emplace(folder.file("events.db"), Keep{}, clock, diagnostics); }
  void append(const EventPtr& appended) { run_to_end(context, events->append(appended, "them")); }
  void append(int from, int to) {
    for (int i = from; i <= to; ++i)
      append(sample_event("ivo://a.b/c#" + std::to_string(i)));
  }
  bool comes_true_here(const std::function<bool()>& condition) {
    return comes_true(context, condition);
  }
  void finish(std::chrono::milliseconds timeout = test_timeout) {
    run_to_end(context, finished(std::chrono::steady_clock::now() + timeout));
  }
  asio::awaitable<bool> finished(std::chrono::steady_clock::time_point end) {
    co_await handler->finish(end);
    co_return true;
  }
  std::string printed() {
    pipe.close_writing();
    return pipe.read_all();
  }
  [[nodiscard]] std::uint64_t stored() const { return Store(folder.file("events.db")).size(); }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }

  TemporaryFolder folder;
  Pipe pipe;
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  std::optional<EventLog> events;
  HandlerOptions options;
  std::optional<Handler> handler;
};

std::string events_from(int from, int to) {
  std::string stream;
  for (int i = from; i <= to; ++i)
    stream += valid_event("ivo://a.b/c#" + std::to_string(i)) + '\0';
  return stream;
}

const std::string stream_of_two = events_from(1, 2);

// Each command writes its event's number, and waits for a file if that is odd.
std::string numbers_to(const std::string& file, const std::string& go) {
  return "n=${VOEVENT_IVORN#*#}; case $n in *[13579]) until [ -e " + go +
         " ]; do sleep 0.01; done;; esac; echo $n >>" + file;
}

}  // namespace

TEST_CASE("a handler gets what is appended from its start on, in order") {
  Fixture fixture;
  fixture.append(sample_event("ivo://a.b/c#0"));
  fixture.print();
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.append(sample_event("ivo://a.b/c#2"));
  fixture.finish();
  CHECK(fixture.printed() == stream_of_two);
}

TEST_CASE("a handler goes on in the next run where it stopped, and misses nothing in between") {
  Fixture fixture;
  fixture.append(sample_event("ivo://a.b/c#0"));
  fixture.print();
  fixture.append(1, 2);
  fixture.finish();
  fixture.restart_log();
  fixture.append(3, 4);
  fixture.print();
  fixture.append(5, 5);
  fixture.finish();
  CHECK(fixture.printed() == events_from(1, 5));
}

TEST_CASE("a handler that never got an event has its cursor nevertheless") {
  Fixture fixture;
  fixture.append(sample_event("ivo://a.b/c#0"));
  fixture.print();
  fixture.finish();
  fixture.restart_log();
  fixture.append(1, 2);
  fixture.print();
  fixture.finish();
  CHECK(fixture.printed() == stream_of_two);
}

TEST_CASE(
    "an event whose command is broken off is handled again, and those that finished after it") {
  Fixture fixture;
  const std::string numbers = fixture.folder.file("numbers");
  const std::string go = fixture.folder.file("go");
  fixture.options.outlet.command.emplace().jobs = 2;
  fixture.options.outlet.command->command = numbers_to(numbers, go);
  fixture.start();
  fixture.append(2, 4);  // 3 waits
  CHECK(fixture.comes_true_here([&] { return content(numbers) == "2\n4\n"; }));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.events->last() == 3);
  fixture.restart_log();
  CHECK(fixture.events->handler_cursor("test") == Sequence{1});
  std::ofstream{go};
  fixture.options.outlet.command->jobs = 1;
  fixture.start();
  fixture.finish();
  CHECK(content(numbers) == "2\n4\n3\n4\n");
  fixture.restart_log();
  CHECK(fixture.events->handler_cursor("test") == Sequence{3});
}

TEST_CASE("a command that fails has handled its event") {
  Fixture fixture;
  fixture.options.outlet.command.emplace().command = "exit 3";
  fixture.start();
  fixture.append(1, 3);
  fixture.finish();
  fixture.restart_log();
  CHECK(fixture.events->handler_cursor("test") == Sequence{3});
}

TEST_CASE("what could not be printed is printed in the next run") {
  Fixture fixture;
  Pipe gone;
  fixture.options.outlet.print = Print::stream;
  fixture.options.outlet.print_to = gone.writing();
  fixture.start();
  gone.close_reading();
  fixture.append(1, 2);
  fixture.finish();
  fixture.restart_log();
  fixture.print();
  fixture.finish();
  CHECK(fixture.printed() == stream_of_two);
}

TEST_CASE("what the log has forgotten meanwhile is told, with its number") {
  Fixture fixture;
  fixture.print();
  fixture.append(1, 2);
  fixture.finish();
  fixture.restart_log();
  fixture.append(3, 5);
  fixture.clock.advance(std::chrono::days(31));
  fixture.restart_log();
  REQUIRE(fixture.comes_true_here(
      [&] { return fixture.logged().find("The clock says") != std::string::npos; }));
  fixture.clock.advance(std::chrono::days(1));  // now it is believed
  fixture.restart_log();                        // which forgets
  REQUIRE(fixture.comes_true_here([&] { return fixture.stored() == 0; }));
  fixture.append(6, 6);
  fixture.print();
  fixture.finish();
  CHECK(fixture.logged().find("--test: 3 event(s) are missed, which are no longer stored") !=
        std::string::npos);
  CHECK(fixture.printed() == events_from(1, 2) + events_from(6, 6));
}

TEST_CASE("a handler's cursor has the name of what it does, and each its own") {
  const TemporaryFolder folder;
  std::vector<HandlerOptions> handlers(6);
  handlers[1].outlet.save = folder.file("new/");
  handlers[2].outlet.save = folder.file("./other/../new");
  handlers[3].outlet.command.emplace().command = "mail me";
  handlers[4].outlet.save = "/";
  handlers[5].outlet.command.emplace().command = "mail me";
  name_cursors(handlers);
  std::vector<std::string> names;
  for (const HandlerOptions& handler : handlers)
    names.push_back(handler.cursor);
  const std::string saved = "save " + folder.file("new");
  CHECK(names == std::vector<std::string>{"print", saved, saved + " (2)", "cmd mail me", "save /",
                                          "cmd mail me (2)"});
}

TEST_CASE("the broker's own test events are not for handlers") {
  Fixture fixture;
  fixture.options.local_ivo = "ivo://a.b/broker";
  fixture.print();
  fixture.append(make_test_event("ivo://a.b/broker", fixture.clock.now()));
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.append(sample_event("ivo://a.b/c#2"));
  fixture.finish();
  CHECK(fixture.printed() == stream_of_two);
}

TEST_CASE("what cannot be saved is tried again, and nothing is passed over") {
  Fixture fixture;
  const std::string saved = fixture.folder.file("saved");
  fixture.options.outlet.save = saved;
  fixture.start();
  std::filesystem::remove(saved);
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.append(sample_event("ivo://a.b/c#2"));
  CHECK(fixture.comes_true_here(
      [&] { return fixture.logged().find("c#1 cannot be saved") != std::string::npos; }));
  std::filesystem::create_directory(saved);
  CHECK(fixture.comes_true_here([&] { return !content(saved + "/a.b_c_2.xml").empty(); }));
  CHECK(content(saved + "/a.b_c_1.xml") == valid_event("ivo://a.b/c#1"));
  fixture.finish();
}

TEST_CASE("when nobody reads any more, it says so and ends") {
  Fixture fixture;
  fixture.print();
  fixture.pipe.close_reading();
  fixture.append(sample_event("ivo://a.b/c#1"));
  CHECK(fixture.comes_true_here(
      [&] { return fixture.logged().find("its output is closed") != std::string::npos; }));
  fixture.append(sample_event("ivo://a.b/c#2"));
  fixture.finish();
}

TEST_CASE("a reader that stalls is broken off at the end") {
  Fixture fixture;
  fixture.print();
  for (int i = 0; i < 500; ++i)
    fixture.append(sample_event("ivo://a.b/c#" + std::to_string(i)));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.logged().find("--test: not finished in time") != std::string::npos);
}

TEST_CASE(
    "a command runs for each event, its output goes to the log, and its failure is a warning") {
  Fixture fixture;
  fixture.options.outlet.command.emplace();
  fixture.options.outlet.command->output = CommandOutput::log;
  fixture.options.outlet.command->command =
      "echo got $VOEVENT_IVORN; case $VOEVENT_IVORN in *2) exit 3;; esac";
  fixture.start();
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.append(sample_event("ivo://a.b/c#2"));
  fixture.finish();
  const std::string logged = fixture.logged();
  CHECK(logged.find("ivo://a.b/c#1: got ivo://a.b/c#1\n") != std::string::npos);
  CHECK(logged.find("ivo://a.b/c#2: the command exited with status 3: got ivo://a.b/c#2\n") !=
        std::string::npos);
}

TEST_CASE("commands that are not done at the end are ended") {
  Fixture fixture;
  fixture.options.outlet.command.emplace();
  fixture.options.outlet.command->command = "sleep 1000";
  fixture.start();
  fixture.append(sample_event("ivo://a.b/c#1"));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.logged().find("ivo://a.b/c#1: the command was stopped") != std::string::npos);
}

TEST_CASE(
    "an event whose command could not be started keeps its cursor, and is handled when it can be") {
  Fixture fixture;
  const std::string out = fixture.folder.file("out");
  fixture.options.outlet.command.emplace().command = "echo $VOEVENT_IVORN >>" + out;
  SECTION("in this run") {
    fixture.start();
    {
      const NoDescriptors none;
      fixture.append(1, 2);
      fixture.context.poll();
    }
    CHECK(
        fixture.comes_true_here([&] { return content(out) == "ivo://a.b/c#1\nivo://a.b/c#2\n"; }));
    fixture.finish();
    fixture.restart_log();
    CHECK(fixture.events->handler_cursor("test") == Sequence{2});
  }
  SECTION("in the next run, if this one ends before") {
    fixture.start();
    {
      const NoDescriptors none;
      fixture.append(1, 2);
      fixture.finish();
    }
    fixture.restart_log();
    CHECK(fixture.events->handler_cursor("test") == Sequence{0});
    fixture.start();
    fixture.finish();
    CHECK(content(out) == "ivo://a.b/c#1\nivo://a.b/c#2\n");
  }
}

}  // namespace vtp
