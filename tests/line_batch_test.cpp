#include "lib/line_batch.h"

#include <fcntl.h>
#include <map>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

#include "lib/descriptor.h"
#include "tests/catch.h"
#include "tests/pipe.h"
#include "tests/temporary.h"

namespace vtp {
namespace {

Descriptor opened(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

}  // namespace

TEST_CASE("a line is written before long, whether or not others come") {
  const Pipe pipe;
  LineBatch batch(pipe.writing());
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
    LineBatch batch(file.get());
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
    LineBatch batch(file.get());
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
  LineBatch batch(-1);
  batch.add("one\n");
  batch.flush();
}

}  // namespace vtp
