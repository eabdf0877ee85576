#include "lib/cli/daemon.h"

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

void print(int fd, const std::string& text) {
  if (write(fd, text.data(), text.size()) < 0) _exit(99);
}

// A program that detaches, and does `work` as a daemon. Such work waits for nothing that does not
// happen when the test ends.
class Started {
 public:
  explicit Started(const std::function<void(Daemon&)>& work) {
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // should the test end first
      for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
        dup2(said_.writing(), fd);
      said_.close_writing();
      _exit(status_of(work));
    }
    said_.close_writing();
  }

  // The caller's exit status, 1000 and the signal if one ended it.
  [[nodiscard]] int status() const {
    int end = 0;
    waitpid(pid_, &end, 0);
    return WIFSIGNALED(end) ? 1000 + WTERMSIG(end) : WEXITSTATUS(end);
  }
  [[nodiscard]] bool waits() const { return waitpid(pid_, nullptr, WNOHANG) == 0; }

  // The next byte of what the caller or the daemon says.
  [[nodiscard]] char hears() const {
    char byte = 0;
    return read(said_.reading(), &byte, 1) == 1 ? byte : '\0';
  }
  // What both say, until neither can say more.
  [[nodiscard]] std::string said() const { return said_.read_all(); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  static int status_of(const std::function<void(Daemon&)>& work) {
    signal(SIGPIPE, SIG_IGN);
    try {
      Daemon daemon;
      if (const auto status = daemon.detach()) return *status;
      work(daemon);
      return 0;
    } catch (const std::exception& error) {
      print(STDERR_FILENO, error.what());
      return 1;
    }
  }

  Pipe said_;
  pid_t pid_ = 0;
};

void wait_for_byte(const Pipe& go) {
  char byte = 0;
  if (read(go.reading(), &byte, 1) != 1) _exit(99);
}

// Until nobody can write to the pipe any more.
void wait_for_end_of(const Pipe& hold) { (void)hold.read_all(); }

}  // namespace

TEST_CASE("the caller waits until the daemon is ready, and ends with status 0") {
  Pipe start;
  Pipe stop;
  Pipe told;
  const pid_t ours = getsid(0);
  const Started started([&](Daemon& daemon) {
    for (Pipe* pipe : {&start, &stop})
      pipe->close_writing();
    print(STDERR_FILENO, "!");
    wait_for_byte(start);
    print(STDOUT_FILENO, "ready");
    daemon.ready(StandardOutput::closed, std::nullopt);
    print(STDOUT_FILENO, "unheard");
    print(STDERR_FILENO, "unheard");
    wait_for_end_of(stop);
    print(told.writing(), getsid(0) == getpid() && getsid(0) != ours ? "own session" : "ours");
  });
  REQUIRE(started.hears() == '!');
  CHECK(started.waits());
  print(start.writing(), "!");
  told.close_writing();
  CHECK(started.said() == "ready");  // to the end, which the daemon does not hold off
  CHECK(started.status() == 0);
  stop.close_writing();
  CHECK(told.read_all() == "own session");
}

TEST_CASE("a daemon that ends before it is ready gives the caller its status") {
  const Started started([](Daemon&) {
    print(STDERR_FILENO, "no");
    _exit(2);
  });
  CHECK(started.status() == 2);
  CHECK(started.said() == "no");
  const Started thrown([](Daemon&) { throw std::runtime_error("port taken"); });
  CHECK(thrown.status() == 1);
  CHECK(thrown.said() == "port taken");
}

TEST_CASE("a daemon that ends before it is ready is an error, however it ends") {
  const Started killed([](Daemon&) { raise(SIGKILL); });
  CHECK(killed.status() == 1);
  const std::string said = killed.said();
  CHECK_THAT(said, Catch::Matchers::StartsWith("signal 9 (Killed) ended process "));
  CHECK_THAT(said, Catch::Matchers::EndsWith(" before it was ready"));
  const Started quiet([](Daemon&) {});
  CHECK(quiet.status() == 1);
  CHECK_THAT(quiet.said(), Catch::Matchers::EndsWith(" ended before it was ready"));
}

TEST_CASE("a caller who ignores its children's ends hears of them all the same") {
  const auto before = signal(SIGCHLD, SIG_IGN);
  const Started started([](Daemon&) { _exit(7); });
  signal(SIGCHLD, before);
  CHECK(started.status() == 7);
}

TEST_CASE("a daemon whose caller has ended does not stay") {
  Pipe hold;
  Pipe told;
  const Started started([&](Daemon& daemon) {
    print(STDOUT_FILENO, "!");
    hold.close_writing();
    wait_for_end_of(hold);
    try {
      daemon.ready(StandardOutput::closed, std::nullopt);
      print(told.writing(), "stays");
    } catch (const std::runtime_error& error) {
      print(told.writing(), error.what());
    }
  });
  REQUIRE(started.hears() == '!');
  kill(started.pid(), SIGKILL);
  CHECK(started.status() == 1000 + SIGKILL);
  hold.close_writing();
  told.close_writing();
  CHECK(told.read_all() == "not detached: the calling process ended before the daemon was ready");
}

TEST_CASE("standard output may be kept, and standard error go elsewhere") {
  const TemporaryFolder folder;
  const int diagnostics = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const Started started([&](Daemon& daemon) {
    daemon.ready(StandardOutput::kept, diagnostics);
    print(STDERR_FILENO, "into the log");
    print(STDOUT_FILENO, "an event");
  });
  CHECK(started.status() == 0);
  CHECK(started.said() == "an event");
  CHECK(content(folder.file("log")) == "into the log");
  close(diagnostics);
}

TEST_CASE("a daemon keeps no descriptor that came with the command line, and all of its own") {
  Pipe inherited;
  const int copy = dup(inherited.writing());  // not closed on exec
  const int own = open("/dev/null", O_RDONLY | O_CLOEXEC);
  inherited.close_writing();
  Pipe hold;
  Pipe told;
  const Started started([&](Daemon& daemon) {
    const bool kept = fcntl(own, F_GETFD) >= 0;
    daemon.ready(StandardOutput::closed, std::nullopt);
    hold.close_writing();
    wait_for_end_of(hold);
    print(told.writing(), kept ? "own one is kept" : "own one is closed");
  });
  close(copy);
  close(own);
  CHECK(started.status() == 0);
  CHECK(inherited.read_all().empty());  // to the end, while the daemon lives
  hold.close_writing();
  told.close_writing();
  CHECK(told.read_all() == "own one is kept");
}

TEST_CASE("a daemon stays in its folder, and keeps its umask") {
  const TemporaryFolder folder;
  Pipe told;
  const mode_t mask = umask(0);
  umask(mask);
  const std::string here = std::filesystem::current_path().string();
  const Started started([&](Daemon& daemon) {
    daemon.ready(StandardOutput::closed, std::nullopt);
    const bool same = umask(0) == mask && std::filesystem::current_path().string() == here;
    print(told.writing(), same ? "the same" : "others");
  });
  told.close_writing();
  CHECK(told.read_all() == "the same");
  CHECK(started.status() == 0);
}

}  // namespace vtp
