#include "lib/stream.h"

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <future>
#include <pthread.h>
#include <stdlib.h>
#include <string>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include "tests/catch.h"
#include "tests/pipe.h"

namespace vtp {
namespace {

using namespace std::string_literals;

// A handler for as long as it lives; system calls are interrupted, not restarted.
class Handling {
 public:
  Handling(int signal, void (*handler)(int)) : signal_(signal) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigaction(signal, &action, &before_);
  }
  ~Handling() { sigaction(signal_, &before_, nullptr); }
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;

 private:
  int signal_;
  struct sigaction before_ {};
};

std::atomic<int> interruptions{0};

// More than a pipe holds.
std::string large_event() { return "<a>" + std::string(1'000'000, 'x') + "</a>"; }

}  // namespace

TEST_CASE("each event is followed by one NUL, its bytes exact") {
  Pipe pipe;
  StreamWriter writer(pipe.writing());
  CHECK_FALSE(writer.write("<a>\r\n\xe9</a>\n"));
  CHECK_FALSE(writer.write("<b/>"));
  CHECK_FALSE(writer.write(""));
  pipe.close_writing();
  CHECK(pipe.read_all() == "<a>\r\n\xe9</a>\n\0<b/>\0\0"s);
}

TEST_CASE("to a terminal a newline stands in place of NUL") {
  const int reading = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (reading < 0) {
    WARN("no pseudo-terminals here");
    return;
  }
  REQUIRE(grantpt(reading) == 0);
  REQUIRE(unlockpt(reading) == 0);
  const int terminal = open(ptsname(reading), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(terminal >= 0);
  termios settings{};
  tcgetattr(terminal, &settings);
  cfmakeraw(&settings);
  tcsetattr(terminal, TCSANOW, &settings);

  CHECK_FALSE(StreamWriter(terminal).write("<a/>"));
  char buffer[10];
  CHECK(read(reading, buffer, sizeof buffer) == 5);
  CHECK(std::string(buffer, 5) == "<a/>\n");
  close(terminal);
  close(reading);
}

TEST_CASE("an event is written whole however little the other side takes at once") {
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe;
    REQUIRE(fcntl(pipe.writing(), F_SETFL, flags) == 0);
    auto all = std::async(std::launch::async, [&] { return pipe.read_all(); });
    CHECK_FALSE(StreamWriter(pipe.writing()).write(large_event()));
    pipe.close_writing();
    CHECK(all.get() == large_event() + '\0');
  }
}

TEST_CASE("signals do not tear an event") {
  const Handling handling(SIGUSR1, [](int) { ++interruptions; });
  interruptions = 0;
  Pipe pipe;
  std::error_code error;
  std::thread writing([&] {
    error = StreamWriter(pipe.writing()).write(large_event());
    pipe.close_writing();
  });
  while (interruptions < 100) {
    pthread_kill(writing.native_handle(), SIGUSR1);
    std::this_thread::yield();
  }
  CHECK(pipe.read_all() == large_event() + '\0');
  writing.join();
  CHECK_FALSE(error);
}

TEST_CASE("nobody reading, and no room, are errors") {
  const Handling handling(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.close_reading();
  CHECK(StreamWriter(pipe.writing()).write("<a/>") == std::errc::broken_pipe);
  CHECK(StreamWriter(-1).write("<a/>") == std::errc::bad_file_descriptor);
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  CHECK(StreamWriter(full).write("<a/>") == std::errc::no_space_on_device);
  close(full);
}

}  // namespace vtp
