#include "lib/output/process.h"

#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/running.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Fixture {
  TemporaryFolder folder;
  std::string out = folder.file("out");
  asio::io_context context;

  std::shared_ptr<Process> start(const std::string& command,
                                 const std::vector<std::string>& environment = {},
                                 ProcessWatch watch = ProcessWatch::told) {
    const Started started = Process::start(context.get_executor(), command, environment,
                                           ProcessOutput::inherited, watch);
    REQUIRE(started.process);
    started.process->input().close();
    return started.process;
  }
  std::optional<ProcessEnd> end_of(const std::shared_ptr<Process>& process,
                                   milliseconds timeout = test_timeout) {
    return run_to_end(context, process->ended_by(steady_clock::now() + timeout));
  }
};

}  // namespace

TEST_CASE("a command's end is heard of, whichever way") {
  Fixture fixture;
  for (const ProcessWatch watch : {ProcessWatch::told, ProcessWatch::asked}) {
    const auto status = fixture.end_of(fixture.start("exit 7", {}, watch));
    REQUIRE(status);
    CHECK_FALSE(status->by_signal);
    CHECK(status->number == 7);
    const auto signal = fixture.end_of(fixture.start("kill -USR1 $$", {}, watch));
    REQUIRE(signal);
    CHECK(signal->by_signal);
    CHECK(signal->number == SIGUSR1);
    const auto sleeping = fixture.start("exec sleep 1000", {}, watch);
    CHECK_FALSE(fixture.end_of(sleeping, milliseconds{1}));
    sleeping->signal_group(SIGTERM);
    CHECK(fixture.end_of(sleeping)->number == SIGTERM);
  }
}

TEST_CASE("who waits for the end can be interrupted") {
  Fixture fixture;
  const auto sleeping = fixture.start("exec sleep 1000");
  auto end = asio::co_spawn(fixture.context, sleeping->ended_by(steady_clock::time_point::max()),
                            asio::use_future);
  fixture.context.run_one();
  sleeping->interrupt();
  REQUIRE(comes_true(fixture.context,
                     [&] { return end.wait_for(milliseconds{0}) == std::future_status::ready; }));
  CHECK_FALSE(end.get());
}

TEST_CASE("variables replace ours, and are data") {
  Fixture fixture;
  REQUIRE(setenv("VTP_TEST_VARIABLE", "ours", 1) == 0);
  const std::string odd = "$(exit 9)`exit 9`'\"; exit 9 \\ \n\xff" + std::string(1, '\0') + "end";
  const auto process =
      fixture.start("printf '%s|' \"$VTP_TEST_VARIABLE\" \"$HOME\" > " + fixture.out,
                    {"VTP_TEST_VARIABLE=" + odd});
  CHECK(fixture.end_of(process)->number == 0);
  std::string expected = odd;
  expected[odd.find('\0')] = '?';
  const char* home = getenv("HOME");
  CHECK(content(fixture.out) == expected + "|" + (home ? home : "") + "|");
  unsetenv("VTP_TEST_VARIABLE");
}

TEST_CASE("a command inherits no descriptors, ignored or blocked signals") {
  Fixture fixture;
  const int leaked = open("/dev/null", O_RDONLY);  // as a careless library would
  const auto before = signal(SIGUSR2, SIG_IGN);
  sigset_t blocked;
  sigset_t mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, &mask);
  const auto process = fixture.start(
      fmt::format("grep -E 'Sig(Ign|Blk)' /proc/self/status > {}; test ! -e /proc/$$/fd/{}",
                  fixture.out, leaked));
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  signal(SIGUSR2, before);
  close(leaked);
  CHECK(fixture.end_of(process)->number == 0);
  std::istringstream lines(content(fixture.out));
  std::string word;
  std::uint64_t signals = 0;
  // 32 and 33 are the C library's own, and not for it to hand out.
  for (int i = 0; i < 2; ++i) {
    REQUIRE(lines >> word >> std::hex >> signals);
    INFO(word);
    CHECK((signals & ~0x1'8000'0000u) == 0);
  }
}

TEST_CASE("a process that nobody keeps is killed, with its group") {
  Fixture fixture;
  auto process = fixture.start("sleep 1000 & echo $! > " + fixture.out + "; wait");
  const std::string pid = pid_in(fixture.context, fixture.out);
  CHECK(runs(pid));
  process.reset();
  CHECK(comes_true(fixture.context, [&] { return !runs(pid); }));
}

TEST_CASE("a group has ended when all of it has") {
  Fixture fixture;
  const auto process = fixture.start("sleep 1000 & echo $! > " + fixture.out);
  CHECK(fixture.end_of(process)->number == 0);
  const std::string pid = pid_in(fixture.context, fixture.out);
  const auto wait_for_group = [&](milliseconds timeout) -> asio::awaitable<bool> {
    co_await process->group_ended_by(steady_clock::now() + timeout);
    co_return runs(pid);
  };
  CHECK(run_to_end(fixture.context, wait_for_group(milliseconds{1})));
  process->signal_group(SIGKILL);
  CHECK_FALSE(run_to_end(fixture.context, wait_for_group(milliseconds{5000})));
}

}  // namespace vtp
