#include "lib/dedup/dedup.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <unistd.h>

#include "lib/store/store.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/sample_events.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

std::string event(int number) { return valid_event("ivo://a.b/c#" + std::to_string(number)); }

std::string stream_of_events(int first, int last) {
  std::string stream;
  for (int i = first; i <= last; ++i)
    stream += event(i) + '\0';
  return stream;
}

// More of it than a pipe holds.
std::string large_event(int number) {
  return event_with("ivo://a.b/large#" + std::to_string(number),
                    "<Description>" + std::string(200'000, 'x') + "</Description>");
}

struct Fixture {
  TemporaryFolder folder;
  TestClock clock;
  Diagnostics diagnostics{"test", LineStyle::tool, Level::error, clock, /*fd=*/-1};
  DedupOptions options{.db = folder.file("seen.db")};
  std::uint64_t passed = 0;
  bool failed = false;

  Fixture() { std::signal(SIGPIPE, SIG_IGN); }

  [[nodiscard]] std::string input(const std::string& bytes) const {
    std::ofstream(folder.file("input"), std::ios::binary) << bytes;
    return folder.file("input");
  }

  // What goes out of one run with that input.
  std::string run(const std::string& bytes) {
    const int output = ::open(folder.file("output").c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    run_to(output, bytes);
    ::close(output);
    return content(folder.file("output"));
  }
  void run_to(int output, const std::string& bytes) {
    DedupOptions with_output = options;
    with_output.print_to = output;
    Dedup dedup(with_output, clock, diagnostics);
    DocumentReader reader({input(bytes)}, 1'000'000);
    dedup.run(reader);
    passed = dedup.passed();
    failed = dedup.failed();
  }
};

}  // namespace

TEST_CASE("what was not seen before goes out, exact and in order, and once") {
  Fixture fixture;
  CHECK(fixture.run(stream_of_events(1, 3) + event(2) + '\0' + event(4)) == stream_of_events(1, 4));
  CHECK(fixture.passed == 4);
  CHECK(fixture.run(stream_of_events(2, 6)) == stream_of_events(5, 6));
  CHECK(fixture.run(stream_of_events(1, 6)).empty());
  CHECK(fixture.passed == 0);
  CHECK_FALSE(fixture.failed);
}

TEST_CASE("more events than are looked at together all go out") {
  Fixture fixture;
  CHECK(fixture.run(stream_of_events(1, 2000)) == stream_of_events(1, 2000));
  CHECK(fixture.run(stream_of_events(1, 2000)).empty());
}

TEST_CASE("with duplicates, those go out that were seen before") {
  Fixture fixture;
  fixture.options.duplicates = true;
  CHECK(fixture.run(stream_of_events(1, 2) + event(1)) == stream_of_events(1, 1));
  CHECK(fixture.run(stream_of_events(2, 3)) == stream_of_events(2, 2));
}

TEST_CASE("by ivorn, a second event of that name does not go out") {
  Fixture fixture;
  const std::string other = event_with("ivo://a.b/c#1", "<Who/>");
  CHECK(fixture.run(event(1) + '\0' + other) == stream_of_events(1, 1) + other + '\0');
  Fixture by_ivorn;
  by_ivorn.options.by = SameBy::ivorn;
  CHECK(by_ivorn.run(event(1) + '\0' + other) == stream_of_events(1, 1));
}

TEST_CASE("what is no event is told, and the rest goes on") {
  Fixture fixture;
  CHECK(fixture.run(event(1) + "\0<a>\0<html/>\0"s + event(2)) == stream_of_events(1, 2));
  CHECK(fixture.failed);
  CHECK(fixture.passed == 2);
}

TEST_CASE("what could not be written is not remembered") {
  Fixture fixture;
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  fixture.run_to(full, stream_of_events(1, 3));
  ::close(full);
  CHECK(fixture.failed);
  CHECK(fixture.passed == 0);

  Pipe pipe;
  pipe.close_reading();
  fixture.run_to(pipe.writing(), stream_of_events(1, 3));
  CHECK_FALSE(fixture.failed);
  CHECK(fixture.passed == 0);
  CHECK(fixture.run(stream_of_events(1, 3)) == stream_of_events(1, 3));
}

TEST_CASE("a closed pipe leaves what was written remembered, and nothing else") {
  Fixture fixture;
  Pipe pipe;
  auto running = std::async(std::launch::async, [&] {
    fixture.run_to(pipe.writing(), event(1) + '\0' + large_event(2) + '\0' + event(3));
  });
  char byte;
  for (std::size_t i = 0; i < event(1).size() + 10; ++i)
    REQUIRE(pipe.read_byte(byte));
  pipe.close_reading();
  running.get();
  CHECK(fixture.run(event(1) + '\0' + large_event(2) + '\0' + event(3)) ==
        large_event(2) + '\0' + event(3) + '\0');
}

TEST_CASE("a reader that stalls keeps nobody from what is not being written to it") {
  Fixture fixture;
  Pipe pipe;
  auto stalled = std::async(std::launch::async, [&] {
    fixture.run_to(pipe.writing(), large_event(1) + '\0' + stream_of_events(1, 100));
    pipe.close_writing();
  });
  char first;
  REQUIRE(pipe.read_byte(first));
  Store broker(fixture.options.db);
  const auto append = [&](const std::string& bytes) {
    const NewEvent entry{std::make_shared<const Event>(Event{bytes, digest_of(bytes), {}}), "them",
                         fixture.clock.now()};
    return broker.append(std::span(&entry, 1)).front().how;
  };
  auto how = Appended::How::claimed;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (how == Appended::How::claimed && std::chrono::steady_clock::now() < give_up)
    how = append(event(50));
  CHECK(how == Appended::How::first);
  CHECK(append(large_event(1)) == Appended::How::claimed);
  const std::string rest = pipe.read_all();
  stalled.get();
  CHECK(first + rest ==
        large_event(1) + '\0' + stream_of_events(1, 49) + stream_of_events(51, 100));
  CHECK(append(large_event(1)) == Appended::How::duplicate);
}

TEST_CASE("what others are writing out is waited for, and passes if they die") {
  for (const bool lives : {true, false}) {
    Fixture fixture;
    std::optional<DigestSet> other(std::in_place, fixture.options.db, std::chrono::days(30),
                                   fixture.clock);
    const EventKeys keys{digest_of(event(1)), std::nullopt};
    REQUIRE(other->claim(std::span(&keys, 1)).front() == Standing::fresh);
    auto running =
        std::async(std::launch::async, [&] { return fixture.run(stream_of_events(1, 3)); });
    // The others go out meanwhile.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (content(fixture.folder.file("output")) != stream_of_events(2, 3) &&
           std::chrono::steady_clock::now() < give_up)
      std::this_thread::yield();
    CHECK(running.wait_for(milliseconds(0)) == std::future_status::timeout);
    if (lives)
      other->confirm();
    else
      other.reset();
    CHECK(running.get() == stream_of_events(2, 3) + (lives ? "" : stream_of_events(1, 1)));
  }
}

TEST_CASE("more than may be put aside waits to be read, and then goes on") {
  Fixture fixture;
  DigestSet other(fixture.options.db, std::chrono::days(30), fixture.clock);
  std::string input;
  std::vector<EventKeys> keys;
  for (int i = 0; i < 40; ++i) {
    keys.push_back({digest_of(large_event(i)), std::nullopt});
    input += large_event(i) + '\0';
  }
  CHECK(other.claim(keys) == std::vector(keys.size(), Standing::fresh));
  auto running =
      std::async(std::launch::async, [&] { return fixture.run(input + stream_of_events(1, 1)); });
  CHECK(running.wait_for(milliseconds(50)) == std::future_status::timeout);
  other.confirm();
  CHECK(running.get() == stream_of_events(1, 1));
}

TEST_CASE("any number of them on one database let each event through once between them") {
  Fixture fixture;
  const std::string input = fixture.input(stream_of_events(1, 1000));
  std::vector<std::future<std::string>> outputs;
  for (int i = 0; i < 4; ++i)
    outputs.push_back(std::async(std::launch::async, [&, i] {
      const std::string path = fixture.folder.file("output" + std::to_string(i));
      DedupOptions options = fixture.options;
      options.print_to = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
      Dedup dedup(options, fixture.clock, fixture.diagnostics);
      DocumentReader reader({input}, 1'000'000);
      dedup.run(reader);
      ::close(options.print_to);
      return content(path);
    }));
  std::string all;
  for (auto& output : outputs)
    all += output.get();
  std::vector<std::string> events;
  for (std::size_t at = 0; at < all.size(); at = all.find('\0', at) + 1)
    events.push_back(all.substr(at, all.find('\0', at) - at));
  CHECK(events.size() == 1000);
  std::ranges::sort(events);
  CHECK(std::ranges::adjacent_find(events) == events.end());
}

}  // namespace vtp
