#include "lib/output/exec.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <set>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/no_descriptors.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using How = CommandOutcome::How;

EventPtr event(const std::string& ivorn, const std::string& bytes = "<a/>") {
  Event made{bytes, {}, {}};
  made.headline.ivorn = ivorn;
  made.headline.role = "test";
  return std::make_shared<const Event>(std::move(made));
}

// Runs commands in a folder of their own, and keeps what is logged.
struct Fixture {
  explicit Fixture(const std::string& command, CommandOptions options = {}) {
    options.command = "cd " + folder.file("") + "\n" + command;
    runner.emplace(context.get_executor(), options, diagnostics);
  }
  ~Fixture() { close(log_fd); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  bool run(const EventPtr& one) { return run_to_end(context, runner->run(one)).how == How::ok; }
  CommandOutcome execute(const EventPtr& one) { return run_to_end(context, runner->execute(one)); }
  std::future<CommandOutcome> begin(const EventPtr& one) {
    return asio::co_spawn(context, runner->run(one), asio::use_future);
  }
  std::vector<How> all(std::vector<std::future<CommandOutcome>>& begun) {
    comes_true(context, [&] {
      return std::ranges::all_of(begun, [](const auto& one) {
        return one.wait_for(milliseconds{0}) == std::future_status::ready;
      });
    });
    std::vector<How> outcomes;
    for (auto& one : begun)
      outcomes.push_back(one.get().how);
    return outcomes;
  }
  [[nodiscard]] std::string written(const std::string& name) const {
    return content(folder.file(name));
  }

  TemporaryFolder folder;
  TestClock clock;
  int log_fd = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log_fd};
  asio::io_context context;
  std::optional<CommandRunner> runner;
};

}  // namespace

TEST_CASE("a command gets the event, and what it is") {
  Fixture fixture(
      "cat > event; printf '%s\\n' \"$VOEVENT_IVORN\" \"$VOEVENT_ROLE\" \"$VOEVENT_STREAM\" > "
      "what");
  const std::string bytes = std::string("<a>\r\n\0\xff", 7) + std::string(300'000, 'x');
  CHECK(fixture.run(event("ivo://a.b/c#$(touch bad); touch bad", bytes)));
  CHECK(fixture.written("event") == bytes);
  CHECK(fixture.written("what") == "ivo://a.b/c#$(touch bad); touch bad\ntest\nivo://a.b/c\n");
  CHECK(access(fixture.folder.file("bad").c_str(), F_OK) != 0);
  CHECK(fixture.runner->failures() == 0);
  CHECK(fixture.written("log").empty());
}

TEST_CASE("what a command gets in its environment has no line breaks in it") {
  Fixture fixture("printf '%s|' \"$VOEVENT_IVORN\" \"$VOEVENT_ROLE\" \"$VOEVENT_STREAM\" > what");
  const EventPtr sample = event("ivo://a.b/c\r\nBcc: x#\u202e1", "<a/>");
  Event odd = *sample;
  odd.headline.role = "a\tb";
  CHECK(fixture.run(std::make_shared<const Event>(odd)));
  CHECK(fixture.written("what") == "ivo://a.b/c??Bcc: x#?1|a?b|ivo://a.b/c??Bcc: x|");
}

TEST_CASE("a command that does not read the event has not failed") {
  const auto broken_pipe = signal(SIGPIPE, SIG_DFL);
  const auto child_ended = signal(SIGCHLD, SIG_IGN);
  Fixture fixture("exec <&-");
  CHECK(fixture.run(event("ivo://a.b/c", std::string(1'000'000, 'x'))));
  signal(SIGPIPE, broken_pipe);
  signal(SIGCHLD, child_ended);
}

TEST_CASE("a command that fails is logged with the ivorn and counted") {
  Fixture fixture("exit $VOEVENT_IVORN");
  CHECK_FALSE(fixture.run(event("3")));
  CHECK(fixture.run(event("0")));
  CHECK_FALSE(fixture.run(event("4")));
  CHECK(fixture.runner->failures() == 2);
  CHECK(fixture.written("log") ==
        "test: 3: the command exited with status 3\n"
        "test: 4: the command exited with status 4\n");
}

TEST_CASE("the log says which of several commands has failed, and with what last words") {
  Fixture fixture("echo one; echo $VOEVENT_IVORN >&2; echo; exit 3",
                  {.output = CommandOutput::log, .name = "--cmd='archive'"});
  CHECK_FALSE(fixture.run(event("two")));
  CHECK(fixture.written("log").ends_with(
      "test: two: --cmd='archive': two\n"
      "test: two: --cmd='archive': \n"
      "test: two: --cmd='archive': the command exited with status 3: two\n"));
}

TEST_CASE("a command that fails is run again until it succeeds, and nothing overtakes it") {
  Fixture fixture(
      "echo $VOEVENT_IVORN >>order; [ $VOEVENT_IVORN = 2 ] || [ -e late ] || { touch late; exit 3; "
      "}",
      {.retry = true});
  std::vector<std::future<CommandOutcome>> begun;
  begun.push_back(fixture.begin(event("1")));
  begun.push_back(fixture.begin(event("2")));
  CHECK(fixture.all(begun) == std::vector<How>(2, How::ok));
  CHECK(fixture.written("order") == "1\n1\n2\n");
  CHECK(fixture.runner->failures() == 0);
  CHECK(fixture.written("log") ==
        "test: 1: the command exited with status 3; running it again until it succeeds\n"
        "test: 1: the command has succeeded, at run 2\n");
}

TEST_CASE("once nothing is to be tried again, what fails is put off with all behind it") {
  Fixture fixture("echo $VOEVENT_IVORN >>order; exit 3", {.retry = true});
  std::vector<std::future<CommandOutcome>> begun;
  for (const char* ivorn : {"1", "2", "3"})
    begun.push_back(fixture.begin(event(ivorn)));
  comes_true(fixture.context, [&] { return !fixture.written("log").empty(); });
  fixture.runner->stop_retrying();
  CHECK(fixture.all(begun) == std::vector<How>(3, How::put_off));
  CHECK(fixture.written("order") == "1\n1\n");
  CHECK(fixture.runner->failures() == 3);
  CHECK(fixture.written("log") ==
        "test: 1: the command exited with status 3; running it again until it succeeds\n"
        "test: 1: the command exited with status 3; it is put off, and so are those after it\n");
}

TEST_CASE("stopping ends the waiting for the next run") {
  Fixture fixture("echo $VOEVENT_IVORN >>order; exit 3", {.retry = true});
  std::vector<std::future<CommandOutcome>> begun;
  begun.push_back(fixture.begin(event("1")));
  comes_true(fixture.context, [&] { return !fixture.written("log").empty(); });
  fixture.runner->stop();
  CHECK(fixture.all(begun) == std::vector<How>{How::stopped});
  CHECK(fixture.written("order") == "1\n");
}

TEST_CASE("an outcome says how a command ended") {
  Fixture fixture("eval \"$VOEVENT_IVORN\"");
  CHECK(fixture.execute(event("true")).how == How::ok);
  const CommandOutcome killed = fixture.execute(event("kill -KILL $$"));
  CHECK(killed.how == How::signal);
  CHECK(killed.number == SIGKILL);
  CHECK(killed.text == "the command was killed by signal 9 (Killed)");
  const CommandOutcome failed = fixture.execute(event("exit 255"));
  CHECK(failed.how == How::exit_status);
  CHECK(failed.number == 255);
  const CommandOutcome impossible = fixture.execute(event(std::string(500'000, 'x')));
  CHECK(impossible.how == How::could_not_start);
  CHECK(impossible.text == "the command could not be started: Argument list too long");
  CHECK(fixture.runner->failures() == 0);
}

TEST_CASE("a command that takes too long is ended, even if it does not want to") {
  CommandOptions options;
  options.timeout = milliseconds{50};
  options.grace = milliseconds{50};
  for (const char* command : {"exec sleep 1000", "trap '' TERM; sleep 1000; sleep 1000"}) {
    Fixture fixture(command, options);
    // More than the pipe holds, so that it is still being written.
    const CommandOutcome outcome = fixture.execute(event("ivo://a.b/c", std::string(1 << 20, 'x')));
    CHECK(outcome.how == How::timed_out);
    CHECK(outcome.text == "the command took longer than 0.05 s");
  }
}

TEST_CASE("as many commands run at once as were asked for") {
  CommandOptions options;
  options.jobs = 3;
  // Each waits until three run; one after another they would wait for ever.
  Fixture three("touch at.$$; until [ $(ls at.* | wc -l) -ge 3 ]; do sleep 0.01; done", options);
  std::vector<std::future<CommandOutcome>> begun;
  for (int i = 0; i < 3; ++i)
    begun.push_back(three.begin(event("ivo://a.b/c")));
  CHECK(three.all(begun) == std::vector(3, How::ok));
}

TEST_CASE("no more commands run at once than were asked for, in the order of the events") {
  // mkdir fails where another command is at work.
  Fixture one("mkdir busy && echo $VOEVENT_IVORN >> order && sleep 0.01 && rmdir busy");
  std::vector<std::future<CommandOutcome>> begun;
  std::string order;
  for (int i = 0; i < 10; ++i) {
    begun.push_back(one.begin(event(std::to_string(i))));
    order += std::to_string(i) + "\n";
  }
  CHECK(one.all(begun) == std::vector(10, How::ok));
  CHECK(one.written("order") == order);
}

TEST_CASE("what a command says can go to the log, line by line") {
  CommandOptions options;
  options.output = CommandOutput::log;
  Fixture fixture(
      "echo one; echo two >&2; printf '\\033[2J\\n'; head -c 1001 /dev/zero | tr '\\0' x; echo; "
      "printf three",
      options);
  CHECK(fixture.run(event("ivo://a.b/c")));
  const std::string start = "test: ivo://a.b/c: ";
  CHECK(fixture.written("log") == start + "one\n" + start + "two\n" + start + "\\x1b[2J\n" + start +
                                      std::string(1000, 'x') + "\n" + start + "x\n" + start +
                                      "three\n");
}

TEST_CASE("more output than a pipe holds is logged whole") {
  CommandOptions options;
  options.output = CommandOutput::log;
  Fixture fixture("seq 100000", options);
  CHECK(fixture.run(event("i")));
  const std::string diagnostics = fixture.written("log");
  CHECK(std::ranges::count(diagnostics, '\n') == 100'000);
  CHECK(diagnostics.ends_with("test: i: 100000\n"));
}

TEST_CASE("what a command leaves in the background holds nobody up, and is left alone") {
  CommandOptions options;
  options.output = CommandOutput::log;
  Fixture fixture("sleep 1000 & echo $! > pid; echo done", options);
  CHECK(fixture.run(event("i")));
  const std::string pid = pid_in(fixture.context, fixture.folder.file("pid"));
  CHECK(runs(pid));
  kill(std::stoi(pid), SIGKILL);
  CHECK(fixture.written("log") == "test: i: done\n");
}

TEST_CASE("stopping ends what runs with all its group, and starts nothing more") {
  Fixture fixture("sleep 1000 & echo $! > pid; wait");
  std::vector<std::future<CommandOutcome>> begun;
  for (int i = 0; i < 3; ++i)
    begun.push_back(fixture.begin(event(std::to_string(i))));
  const std::string pid = pid_in(fixture.context, fixture.folder.file("pid"));
  CHECK(runs(pid));
  fixture.runner->stop();
  begun.push_back(fixture.begin(event("3")));
  CHECK(fixture.all(begun) == std::vector(4, How::stopped));
  CHECK_FALSE(runs(pid));
  CHECK(fixture.runner->failures() == 4);
  CHECK(fixture.written("log").find("test: 0: the command was stopped\n") != std::string::npos);
  CHECK(fixture.written("log").find("test: 2: the command was not started\n") != std::string::npos);
}

TEST_CASE("a command that is stopped is asked first, and has its time to end") {
  CommandOptions options;
  options.grace = test_timeout;
  Fixture fixture(
      "trap 'sleep 0.1; echo asked >end; exit' TERM; echo $$ >pid; while :; do sleep 0.01; done",
      options);
  std::vector<std::future<CommandOutcome>> begun;
  begun.push_back(fixture.begin(event("i")));
  pid_in(fixture.context, fixture.folder.file("pid"));
  fixture.runner->stop();
  CHECK(fixture.all(begun) == std::vector<How>{How::stopped});
  CHECK(fixture.written("end") == "asked\n");
}

TEST_CASE("when the context ends, so does what runs") {
  const TemporaryFolder folder;
  const TestClock clock;
  const Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, /*fd=*/-1};
  std::string pid;
  {
    asio::io_context context;
    CommandRunner runner(context.get_executor(),
                         {.command = "echo $$ > " + folder.file("pid") + "; exec sleep 1000"},
                         diagnostics);
    for (int i = 0; i < 3; ++i)
      asio::co_spawn(context, runner.run(event("i", std::string(1 << 20, 'x'))), asio::use_future);
    pid = pid_in(context, folder.file("pid"));
    CHECK(runs(pid));
  }
  CHECK_FALSE(runs(pid));
}

TEST_CASE("a command that cannot be started for want of descriptors is tried again until it can") {
  Fixture fixture("echo $VOEVENT_IVORN >>out", {.command = {}, .jobs = 2});
  std::vector<std::future<CommandOutcome>> begun;
  {
    const NoDescriptors none;
    for (const char* ivorn : {"1", "2"})
      begun.push_back(fixture.begin(event(ivorn)));
    fixture.context.poll();
  }
  CHECK(fixture.all(begun) == std::vector<How>(2, How::ok));
  CHECK(fixture.runner->failures() == 0);
  CHECK(fixture.written("log") ==
        "test: 1: the command could not be started: Too many open files; trying again until it can "
        "be\n"
        "test: Commands can be started again\n");
}

TEST_CASE("a command that cannot be started is put off when it is not to be tried again") {
  Fixture fixture("echo $VOEVENT_IVORN >>out");
  const NoDescriptors none;
  std::vector<std::future<CommandOutcome>> begun;
  begun.push_back(fixture.begin(event("1")));
  begun.push_back(fixture.begin(event("2")));
  fixture.context.poll();
  fixture.runner->stop_retrying();
  CHECK(fixture.all(begun) == std::vector<How>(2, How::put_off));
  CHECK(fixture.runner->failures() == 2);
}

TEST_CASE("stopping ends the waiting of what could not be started") {
  Fixture fixture("echo $VOEVENT_IVORN >>out");
  const NoDescriptors none;
  std::vector<std::future<CommandOutcome>> begun;
  begun.push_back(fixture.begin(event("1")));
  fixture.context.poll();
  fixture.runner->stop();
  CHECK(fixture.all(begun) == std::vector<How>{How::stopped});
}

}  // namespace vtp
