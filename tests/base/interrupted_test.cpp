// Signals that come during system calls: every second call that one can interrupt is interrupted, and what is done
// is done all the same.
#include <csignal>
#include <fcntl.h>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/base/descriptor.h"
#include "lib/base/line_writer.h"
#include "lib/base/new_file.h"
#include "lib/cli/daemon.h"
#include "lib/cli/log_file.h"
#include "lib/cli/pid_file.h"
#include "lib/output/process.h"
#include "lib/output/save.h"
#include "lib/store/broker_lock.h"
#include "lib/store/owner_lock.h"
#include "lib/store/store.h"
#include "lib/stream/source.h"
#include "lib/stream/stream.h"
#include "lib/subscriber/cursor_file.h"
#include "tests/support/catch.h"
#include "tests/support/loopback.h"
#include "tests/support/pipe.h"
#include "tests/support/running.h"
#include "tests/support/system_calls.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

const std::string some_bytes = "<a>" + std::string(1000, 'x') + "</a>";

}  // namespace

TEST_CASE("a file that is written while signals come is whole") {
  const TemporaryFolder folder;
  const Descriptor file(::open(folder.file("a").c_str(), O_CREAT | O_WRONLY, 0600));
  {
    const InterruptedCalls interrupted;
    CHECK(write_all(file.get(), some_bytes) == 0);
    CHECK(sync_file(file.get()) == 0);
    CHECK(interrupted.count() > 2);
  }
  CHECK(content(folder.file("a")) == some_bytes);
}

TEST_CASE("new files are made, and old ones opened, while signals come") {
  const TemporaryFolder folder;
  const InterruptedCalls interrupted;
  CHECK(make_file_beside(folder.file("a"), ".part", 0600).error == 0);
  CHECK(make_nameless_file_beside(folder.file("a")).error == 0);
  CHECK(open_or_make_file(folder.file("b"), 0600).error == 0);
  CHECK(open_or_make_file(folder.file("b"), 0600).error == 0);
  CHECK(sync_folder(folder.file("")) == 0);
  CHECK(interrupted.count() >= 5);
}

TEST_CASE("events are saved, and found again, while signals come") {
  const TemporaryFolder folder;
  Event event{some_bytes, digest_of(some_bytes), {}};
  event.headline.ivorn = "ivo://a.b/c";
  const InterruptedCalls interrupted;
  const EventFolder events(folder.file("events"));
  REQUIRE(events.save(event));
  CHECK(*events.save(event) == folder.file("events/a.b_c.xml"));
  CHECK(content(folder.file("events/a.b_c.xml")) == some_bytes);
}

TEST_CASE("places are kept and read while signals come") {
  const TemporaryFolder folder;
  const InterruptedCalls interrupted;
  CursorFile file(folder.file("places"));
  file.set("a.b:8099", digest_of("a"));
  CHECK_FALSE(file.write());
  CHECK(CursorFile(folder.file("places")).find("a.b:8099") == digest_of("a"));
}

TEST_CASE("documents are read while signals come, from files and from a FIFO") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("a")) << some_bytes;
  REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
  auto writing = std::async(std::launch::async, [&] {
    std::ofstream(folder.file("fifo")) << some_bytes << '\0' << some_bytes;
  });
  const InterruptedCalls interrupted;
  CHECK(*read_file(folder.file("a"), 10'000) == some_bytes);
  DocumentReader reader({folder.file("a"), folder.file("fifo")}, 10'000);
  for (int i = 0; i < 3; ++i) {
    const auto document = reader.next();
    REQUIRE(document);
    CHECK(document->problem.empty());
    CHECK(document->bytes == some_bytes);
  }
  CHECK_FALSE(reader.next());
}

TEST_CASE("events are printed while signals come, to a pipe and to a file") {
  Pipe pipe;
  const TemporaryFolder folder;
  const Descriptor file(::open(folder.file("a").c_str(), O_CREAT | O_WRONLY, 0600));
  for (const int fd : {pipe.writing(), file.get()}) {
    const InterruptedCalls interrupted;
    StreamWriter writer(fd, StreamEnd::nul);
    CHECK_FALSE(writer.write(some_bytes, {}));
    CHECK_FALSE(writer.write(some_bytes, {}));
  }
  pipe.close_writing();
  const std::string both = some_bytes + '\0' + some_bytes + '\0';
  CHECK(pipe.read_all() == both);
  CHECK(content(folder.file("a")) == both);
}

TEST_CASE("lines of a log are whole, and all there, while signals come") {
  Pipe pipe;
  std::string lines;
  for (int i = 0; i < 100; ++i)
    lines += "line " + std::to_string(i) + "\n";
  {
    const InterruptedCalls interrupted;
    LineWriter writer(pipe.writing());
    const auto outcome = writer.write(lines, [] { return true; });
    CHECK(outcome.written == lines.size());
  }
  pipe.close_writing();
  CHECK(pipe.read_all() == lines);
}

TEST_CASE("a pid file is locked, written and read while signals come") {
  const TemporaryFolder folder;
  const InterruptedCalls interrupted;
  PidFile file(folder.file("pid"));
  REQUIRE(file.is_ours());
  file.write();
  const PidFile other(folder.file("pid"));
  CHECK_FALSE(other.is_ours());
  CHECK(other.holder() == ::getpid());
}

TEST_CASE("locks are taken and asked for while signals come") {
  const TemporaryFolder folder;
  const InterruptedCalls interrupted;
  OwnerLocks owner(folder.file("events.db-claims"));
  OwnerLocks other(folder.file("events.db-claims"));
  CHECK(other.alive(owner.take()));
  const BrokerLock broker(folder.file("events.db"));
  CHECK_THROWS_AS(BrokerLock(folder.file("events.db")), StoreError);
}

TEST_CASE("a log file is opened, and opened anew, while signals come") {
  const TemporaryFolder folder;
  const InterruptedCalls interrupted;
  LogFile file(folder.file("log"));
  CHECK_FALSE(file.reopen());
}

TEST_CASE("a store is made, written and read while signals come") {
  const TemporaryFolder folder;
  const TestClock clock;
  const InterruptedCalls interrupted;
  Store store(folder.file("events.db"));
  const auto event = std::make_shared<const Event>(Event{some_bytes, digest_of(some_bytes), {}});
  const NewEvent entry{event, "them", clock.now()};
  CHECK(store.append(std::span(&entry, 1)).front().how == Appended::How::first);
  REQUIRE(store.read_after(0, SIZE_MAX).size() == 1);
  CHECK(store.read_after(0, SIZE_MAX).front().event->bytes == some_bytes);
  CHECK(interrupted.count() > 5);
}

TEST_CASE("the end of a command is seen while signals come, and it is waited for") {
  asio::io_context context;
  const InterruptedCalls interrupted;
  for (const ProcessWatch watch : {ProcessWatch::told, ProcessWatch::asked}) {
    const Started started =
        Process::start(context.get_executor(), "exit 3", {}, ProcessOutput::inherited, watch);
    REQUIRE(started.process);
    const auto end = run_to_end(
        context, started.process->ended_by(std::chrono::steady_clock::now() + test_timeout));
    REQUIRE(end);
    CHECK(end->number == 3);
  }
  std::string pid;
  const TemporaryFolder folder;
  {
    const Started started = Process::start(context.get_executor(),
                                           "echo $$ >" + folder.file("pid") + "; exec sleep 1000",
                                           {}, ProcessOutput::inherited);
    REQUIRE(started.process);
    pid = pid_in(context, folder.file("pid"));
  }
  CHECK_FALSE(runs(pid));
}

TEST_CASE("who starts a daemon hears that it is ready, or how it ended, while signals come") {
  for (const int status : {0, 7}) {
    const pid_t caller = ::fork();
    if (caller == 0) {
      const InterruptedCalls interrupted;
      try {
        Daemon daemon;
        if (const auto ended = daemon.detach()) ::_exit(*ended);
        if (status == 0) daemon.ready(StandardOutput::kept, std::nullopt);
        ::_exit(status);
      } catch (const std::runtime_error&) {
        ::_exit(1);
      }
    }
    int end = 0;
    REQUIRE(::waitpid(caller, &end, 0) == caller);
    CHECK(WIFEXITED(end));
    CHECK(WEXITSTATUS(end) == status);
  }
}

}  // namespace vtp
