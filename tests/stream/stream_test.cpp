#include "lib/stream/stream.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <future>
#include <pthread.h>
#include <stdlib.h>
#include <string>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include "tests/support/catch.h"
#include "tests/support/pipe.h"

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

TEST_CASE("to a terminal a newline stands in place of NUL, and nothing is raw") {
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
  char buffer[100];
  CHECK(read(reading, buffer, sizeof buffer) == 5);
  CHECK(std::string(buffer, 5) == "<a/>\n");

  // Nor does what it shows steer it.
  CHECK_FALSE(StreamWriter(terminal).write("<a>\r\n\tM\u00fcller \u009b2J\u202e\x1b\r</a>"));
  const std::string shown = "<a>\n\tM\u00fcller \\xc2\\x9b2J\\xe2\\x80\\xae\\x1b\\x0d</a>\n";
  std::string got;
  while (got.size() < shown.size()) {
    const ssize_t more = read(reading, buffer, sizeof buffer);
    REQUIRE(more > 0);
    got.append(buffer, static_cast<std::size_t>(more));
  }
  CHECK(got == shown);
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

TEST_CASE("a reader that stalls is told of once, and can be given up") {
  Pipe pipe;
  StreamWriter writer(pipe.writing());
  int stalls = 0;
  CHECK(writer.has_room({}));
  const auto error = writer.write(large_event(), [&] {
    ++stalls;
    writer.interrupt();
  });
  CHECK(error == std::errc::operation_canceled);
  CHECK(stalls == 1);
  CHECK_FALSE(writer.has_room({}));
  pipe.close_reading();
  CHECK(writer.has_room({}));  // for the error to be told
}

TEST_CASE("what is in UTF-16 is followed by a NUL of its own, of two bytes") {
  Pipe pipe;
  StreamWriter writer(pipe.writing());
  CHECK_FALSE(writer.write("\xFF\xFE<\0"s));
  CHECK_FALSE(writer.write("\xFE\xFF\0<"s));
  CHECK_FALSE(writer.write("<b/>"));
  pipe.close_writing();
  CHECK(pipe.read_all() == "\xFF\xFE<\0\0\0\xFE\xFF\0<\0\0<b/>\0"s);
}

namespace {

// A stream from a file, or from a pipe that gives little at a time.
enum class From { file, pipe };

struct Input {
  Input(std::string_view bytes, From from) {
    if (from == From::file) {
      std::FILE* file = std::tmpfile();
      std::fwrite(bytes.data(), 1, bytes.size(), file);
      std::rewind(file);
      fd = dup(fileno(file));
      std::fclose(file);
    } else {
      int ends[2];
      REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
      fd = ends[0];
      writing = std::thread([bytes = std::string(bytes), to = ends[1]] {
        for (std::size_t at = 0; at < bytes.size();) {
          const ssize_t put =
              ::write(to, bytes.data() + at, std::min<std::size_t>(3, bytes.size() - at));
          if (put <= 0) break;
          at += static_cast<std::size_t>(put);
        }
        ::close(to);
      });
    }
  }
  ~Input() {
    ::close(fd);
    if (writing.joinable()) writing.join();
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const Handling handling{SIGPIPE, SIG_IGN};  // where not all is read
  int fd = -1;
  std::thread writing;
};

// "number@offset:bytes", one after the other, with ! for what is too large.
std::string records_in(std::string_view bytes, From from, std::size_t max_size = 100) {
  const Input input(bytes, from);
  StreamReader reader(input.fd, max_size);
  std::string all;
  while (auto record = *reader.next())
    all += std::to_string(record->number) + "@" + std::to_string(record->offset) + ":" +
           (record->too_large ? "!" : record->bytes) + "|";
  return all;
}

}  // namespace

TEST_CASE("a stream is read into the documents that were written, bytes exact") {
  for (const From from : {From::file, From::pipe}) {
    CHECK(records_in("", from).empty());
    CHECK(records_in("<a/>", from) == "1@0:<a/>|");
    CHECK(records_in("<a/>\0"s, from) == "1@0:<a/>|");
    CHECK(records_in("<a>\r\n\xe9</a>\n\0<b/>\0\n<c/>"s, from) ==
          "1@0:<a>\r\n\xe9</a>\n|2@12:<b/>|3@17:\n<c/>|");
    CHECK(records_in("x", from) == "1@0:x|");
  }
}

TEST_CASE("what is empty is passed over, and is not counted") {
  for (const From from : {From::file, From::pipe})
    CHECK(records_in("\0\0<a/>\0\0 \n\0\0<b/>\0\n"s, from) == "1@2:<a/>|2@12:<b/>|");
}

TEST_CASE("a document in UTF-16 ends with its own NUL, or with the input") {
  const std::string wide = "\xFF\xFE<\0a\0/\0>\0"s;
  const std::string big_endian = "\xFE\xFF\0<\0a\0/\0>"s;
  for (const From from : {From::file, From::pipe})
    for (const std::string& document : {wide, big_endian}) {
      CHECK(records_in(document, from) == "1@0:" + document + "|");
      CHECK(records_in(document + "\0"s, from) == "1@0:" + document + "|");
      CHECK(records_in(document + "\0\0"s, from) == "1@0:" + document + "|");
      CHECK(records_in("<b/>\0"s + document + "\0\0<c/>\0"s, from) ==
            "1@0:<b/>|2@5:" + document + "|3@17:<c/>|");
      // Without it, what follows is a part of it.
      CHECK(records_in(document + "\0<c/>"s, from) == "1@0:" + document + "\0<c/>|"s);
    }
}

TEST_CASE("what is too large is told, and passed over to its end") {
  for (const From from : {From::file, From::pipe})
    for (const std::size_t size : {11u, 100'000u, 1'000'000u}) {
      const std::string large(size, 'x');
      CHECK(records_in("1234567890\0"s + large + "\0<b/>\0"s, from, 10) ==
            "1@0:1234567890|2@11:!|3@" + std::to_string(12 + size) + ":<b/>|");
      CHECK(records_in(large, from, 10) == "1@0:!|");
      CHECK(records_in(std::string(size, ' ') + "\0<b/>"s, from, 10) ==
            "1@0:!|2@" + std::to_string(size + 1) + ":<b/>|");
      const std::string wide = "\xFF\xFE" + std::string(2 * size, '\x01');
      CHECK(records_in(wide + "\0\0<b/>"s, from, 10) ==
            "1@0:!|2@" + std::to_string(wide.size() + 2) + ":<b/>|");
    }
}

TEST_CASE("a document that has the input for itself is told from one in a stream") {
  const auto alone = [](std::string_view bytes, From from) {
    const Input input(bytes, from);
    StreamReader reader(input.fd, 10);
    return (**reader.next()).alone;
  };
  for (const From from : {From::file, From::pipe}) {
    CHECK(alone("<a/>", from));
    CHECK_FALSE(alone("<a/>\0<b/>"s, from));
  }
  CHECK(alone("<a/>\0"s, From::file));
  CHECK(alone("<a/>\0\0\n"s, From::file));
  CHECK(alone(std::string(100, 'x'), From::file));
  CHECK_FALSE(alone("<a/>\0"s, From::pipe));  // more may come, and nobody waits for that
}

TEST_CASE("a document is handed out before the next byte comes") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  StreamReader reader(ends[0], 100);
  CHECK_FALSE(reader.ready());
  REQUIRE(write(ends[1], "<a", 2) == 2);
  CHECK_FALSE(reader.ready());
  REQUIRE(write(ends[1], "/>", 3) == 3);
  CHECK(reader.ready());
  CHECK((**reader.next()).bytes == "<a/>");
  CHECK_FALSE(reader.ready());
  close(ends[1]);
  CHECK(reader.ready());
  CHECK_FALSE(*reader.next());
  close(ends[0]);
}

TEST_CASE("what cannot be read is a problem, once") {
  StreamReader reader(-1, 100);
  CHECK(reader.next().problem() == "Bad file descriptor");
  CHECK_FALSE(*reader.next());
}

TEST_CASE("an event of the largest size is whole, also when all of it but its end has come") {
  Pipe pipe;
  StreamReader reader(pipe.reading(), 10);
  REQUIRE(::write(pipe.writing(), "0123456789", 10) == 10);
  CHECK_FALSE(reader.ready(std::chrono::milliseconds(0)));
  REQUIRE(::write(pipe.writing(), "", 1) == 1);
  const auto record = reader.next();
  REQUIRE(record);
  REQUIRE(*record);
  CHECK_FALSE((*record)->too_large);
  CHECK((*record)->bytes == "0123456789");
}

}  // namespace vtp
