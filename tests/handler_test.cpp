#include "lib/handler.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <optional>
#include <unistd.h>

#include <asio/detached.hpp>

#include "lib/test_event.h"
#include "tests/catch.h"
#include "tests/pipe.h"
#include "tests/running.h"
#include "tests/sample_events.h"
#include "tests/test_clock.h"

namespace vtp {
namespace {

// A log, and a handler that prints to a pipe unless told otherwise.
struct Fixture {
  Fixture() {
    std::signal(SIGPIPE, SIG_IGN);
    options.name = "--test";
    options.outlet.print = Print::nothing;
  }
  ~Fixture() { ::close(log_fd); }

  void start() {
    handler.emplace(context.get_executor(), options, events, clock, log);
    asio::co_spawn(context, handler->run(), asio::detached);
  }
  void print() {
    options.outlet.print = Print::stream;
    options.outlet.print_to = pipe.writing();
    start();
  }
  void append(const EventPtr& appended) { run_to_end(context, events.append(appended, "them")); }
  bool comes_true_here(const std::function<bool()>& condition) {
    return comes_true(context, condition);
  }
  void finish(std::chrono::milliseconds patience = test_patience) {
    run_to_end(context, finished(std::chrono::steady_clock::now() + patience));
  }
  asio::awaitable<bool> finished(std::chrono::steady_clock::time_point end) {
    co_await handler->finish(end);
    co_return true;
  }
  std::string printed() {
    pipe.close_writing();
    return pipe.read_all();
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }

  TemporaryFolder folder;
  Pipe pipe;
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Log log{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  EventLog events{folder.file("events.db"), std::chrono::days(30), clock, log};
  HandlerOptions options;
  std::optional<Handler> handler;
};

const std::string stream_of_two =
    valid_event("ivo://a.b/c#1") + '\0' + valid_event("ivo://a.b/c#2") + '\0';

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
      [&] { return fixture.logged().find("nobody takes events any more") != std::string::npos; }));
  fixture.append(sample_event("ivo://a.b/c#2"));
  fixture.finish();
}

TEST_CASE("a reader that stalls is broken off at the end") {
  Fixture fixture;
  fixture.print();
  for (int i = 0; i < 500; ++i)
    fixture.append(sample_event("ivo://a.b/c#" + std::to_string(i)));
  fixture.finish(std::chrono::milliseconds(50));
  CHECK(fixture.logged().find("--test: not done in time") != std::string::npos);
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
  CHECK(logged.find("ivo://a.b/c#2: the command exited with status 3\n") != std::string::npos);
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

}  // namespace vtp
