#include "lib/base/line_batch.h"

#include <fcntl.h>
#include <map>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"

namespace vtp {
namespace {

Descriptor opened(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

LineBatch::Notice notice() {
  return [](std::uint64_t missing, std::string_view why) {
    return std::to_string(missing) + " missing: " + std::string(why) + "\n";
  };
}

// Nothing goes out before it must.
LineBatchOptions patient() {
  LineBatchOptions options;
  options.delay = std::chrono::hours{1};
  options.flush_timeout = std::chrono::hours{1};
  return options;
}

std::string read_line(const Pipe& pipe) {
  std::string line;
  for (char byte = 0; byte != '\n' && pipe.read_byte(byte);)
    line += byte;
  return line;
}

// Fills it up, with a line that nobody has read.
void fill(const Pipe& pipe) {
  REQUIRE(fcntl(pipe.writing(), F_SETPIPE_SZ, 4096) == 4096);
  REQUIRE(write_all(pipe.writing(), std::string(4095, 'x') + "\n") == 0);
}

}  // namespace

TEST_CASE("a line is written before long, whether or not others come") {
  const Pipe pipe;
  LineBatch batch(pipe.writing(), notice());
  for (const std::string line : {"one\n", "two\n"}) {
    batch.add(line);
    for (const char wanted : line) {
      char byte = 0;
      REQUIRE(pipe.read_byte(byte));
      CHECK(byte == wanted);
    }
  }
}

TEST_CASE("what waits is written on demand, and at the end") {
  const TemporaryFolder folder;
  const Descriptor file = opened(folder.file("log"));
  {
    LineBatch batch(file.get(), notice(), patient());
    batch.add("one\n");
    batch.add("two\n");
    batch.flush();
    CHECK(content(folder.file("log")) == "one\ntwo\n");
    batch.add("three\n");
  }
  CHECK(content(folder.file("log")) == "one\ntwo\nthree\n");
}

TEST_CASE(
    "lines of many threads are whole, and each thread's in order, though there be very many") {
  constexpr int writers = 4;
  constexpr int lines = 20'000;
  const TemporaryFolder folder;
  const Descriptor file = opened(folder.file("log"));
  {
    LineBatchOptions options;
    options.most_waiting = 16 * 1024 * 1024;  // all of them
    LineBatch batch(file.get(), notice(), options);
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer)
      threads.emplace_back([&batch, writer] {
        for (int i = 0; i < lines; ++i)
          batch.add(std::to_string(writer) + " " + std::to_string(i) + "\n");
      });
    for (std::thread& thread : threads)
      thread.join();
  }
  std::map<int, int> next;
  std::istringstream written(content(folder.file("log")));
  int out_of_order = 0;
  int writer = 0;
  for (int i = 0; written >> writer >> i;)
    out_of_order += i == next[writer]++ ? 0 : 1;
  CHECK(out_of_order == 0);
  CHECK(next == std::map<int, int>{{0, lines}, {1, lines}, {2, lines}, {3, lines}});
}

TEST_CASE("a descriptor that cannot be written to holds up nobody") {
  LineBatch batch(-1, notice());
  batch.add("one\n");
  batch.flush();
}

TEST_CASE("an urgent line is written at once, behind what was added before") {
  const Pipe pipe;
  LineBatch batch(pipe.writing(), notice(), patient());
  batch.add("one\n");
  batch.add("two\n", Urgency::at_once);
  CHECK(read_line(pipe) == "one\n");
  CHECK(read_line(pipe) == "two\n");
}

TEST_CASE("what nobody reads holds up nobody; a line in its place says how much is missing") {
  const Pipe pipe;
  fill(pipe);
  LineBatchOptions options;
  options.most_waiting = 1000;
  options.most_urgent = 100;
  LineBatch batch(pipe.writing(), notice(), options);
  batch.add("first\n", Urgency::at_once);
  batch.flush();  // the thread has it, or it is the first of those that wait
  constexpr int lines = 1000;
  int kept = 0;
  for (int i = 0; i < lines; ++i)
    batch.add("line " + std::to_string(i) + "\n");
  batch.add("urgent\n", Urgency::at_once);

  CHECK(read_line(pipe).size() == 4096);
  CHECK(read_line(pipe) == "first\n");
  std::string line = read_line(pipe);
  for (; line == "line " + std::to_string(kept) + "\n"; ++kept)
    line = read_line(pipe);
  CHECK(kept > 0);
  CHECK(line == std::to_string(lines - kept) + " missing: nobody read them in time\n");
  CHECK(read_line(pipe) == "urgent\n");
  batch.add("again\n");
  CHECK(read_line(pipe) == "again\n");
}

TEST_CASE("urgent lines have a bound too") {
  const Pipe pipe;
  fill(pipe);
  LineBatchOptions options;
  options.most_waiting = options.most_urgent = 100;
  LineBatch batch(pipe.writing(), notice(), options);
  constexpr int lines = 1000;
  for (int i = 0; i < lines; ++i)
    batch.add("urgent\n", Urgency::at_once);
  CHECK(read_line(pipe).size() == 4096);
  int kept = 0;
  std::string line = read_line(pipe);
  for (; line == "urgent\n"; ++kept)
    line = read_line(pipe);
  CHECK(kept < 100);
  CHECK(line == std::to_string(lines - kept) + " missing: nobody read them in time\n");
}

TEST_CASE("a batch ends, though nobody reads") {
  const Pipe pipe;
  fill(pipe);
  LineBatchOptions options;
  options.end_timeout = std::chrono::milliseconds(1);
  {
    LineBatch batch(pipe.writing(), notice(), options);
    batch.add("one\n");
    batch.flush();
  }
  CHECK(read_line(pipe).size() == 4096);
}

TEST_CASE("what cannot be written is counted, and the log goes on when it can") {
  Pipe pipe;
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Descriptor place(::fcntl(full.get(), F_DUPFD_CLOEXEC, 3));
  LineBatch batch(place.get(), notice(), patient());
  for (int i = 0; i < 3; ++i) {
    batch.add("lost\n");
    batch.flush();
  }
  REQUIRE(::dup3(pipe.writing(), place.get(), O_CLOEXEC) == place.get());
  batch.add("there\n", Urgency::at_once);
  CHECK(read_line(pipe) == "3 missing: No space left on device\n");
  CHECK(read_line(pipe) == "there\n");
}

TEST_CASE("a pipe that has lost its reader is no trouble") {
  Pipe pipe;
  const Descriptor place(::fcntl(pipe.writing(), F_DUPFD_CLOEXEC, 3));
  LineBatch batch(place.get(), notice(), patient());
  pipe.close_reading();
  batch.add("lost\n");
  batch.flush();
  const Pipe another;
  REQUIRE(::dup3(another.writing(), place.get(), O_CLOEXEC) == place.get());
  batch.add("there\n", Urgency::at_once);
  CHECK(read_line(another) == "1 missing: Broken pipe\n");
  CHECK(read_line(another) == "there\n");
}

TEST_CASE("what waits for one who does not read goes to who takes its place") {
  const Pipe blocked;
  fill(blocked);
  const Pipe another;
  const Descriptor place(::fcntl(blocked.writing(), F_DUPFD_CLOEXEC, 3));
  LineBatch batch(place.get(), notice());
  batch.add("one\n");
  batch.flush();
  REQUIRE(::dup3(another.writing(), place.get(), O_CLOEXEC) == place.get());
  batch.add("two\n");
  CHECK(read_line(another) == "one\n");
  CHECK(read_line(another) == "two\n");
}

}  // namespace vtp
