#include "lib/base/diagnostics.h"

#include <algorithm>
#include <fcntl.h>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

// What a log with these settings writes while `speak` uses it.
template <class Speak>
std::string said(LineStyle style, Level most, const Speak& speak) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const TestClock clock;
  speak(Diagnostics("sendvo", style, most, clock, ends[1]));
  close(ends[1]);
  std::string text(3 * max_diagnostics_line, '\0');
  text.resize(static_cast<std::size_t>(read(ends[0], text.data(), text.size())));
  close(ends[0]);
  return text;
}

}  // namespace

TEST_CASE("a tool's message begins with its name") {
  CHECK(said(LineStyle::tool, Level::info, [](const Diagnostics& diagnostics) {
          diagnostics.info("{} sent", 3);
        }) == "sendvo: 3 sent\n");
}

TEST_CASE("a service's line begins with the time in UTC and the level") {
  CHECK(said(LineStyle::service, Level::info,
             [](const Diagnostics& diagnostics) {
               diagnostics.info("New connection from {}", "127.0.0.1:59635");
               diagnostics.warning("full");
             }) ==
        "2026-11-22T12:42:50.123Z INFO New connection from 127.0.0.1:59635\n"
        "2026-11-22T12:42:50.123Z WARNING full\n");
}

TEST_CASE("what is less important than asked for is not written") {
  CHECK(said(LineStyle::tool, Level::warning, [](const Diagnostics& diagnostics) {
          diagnostics.info("quiet");
          diagnostics.debug("quieter");
          diagnostics.error("loud");
        }) == "sendvo: loud\n");
}

TEST_CASE("a peer cannot forge a line") {
  CHECK(said(LineStyle::tool, Level::info, [](const Diagnostics& diagnostics) {
          diagnostics.info("from {}", "x\nsendvo: all is well\x1b[2J");
        }) == "sendvo: from x\\nsendvo: all is well\\x1b[2J\n");
}

TEST_CASE("a status is rewritten in place, and gives way to a message") {
  CHECK(said(LineStyle::tool, Level::warning,
             [](const Diagnostics& diagnostics) {
               diagnostics.status("");
               diagnostics.status("1 of 3");
               diagnostics.status("2\n of 3");
               diagnostics.info("not said");
               diagnostics.error("lost");
               diagnostics.error("again");
               diagnostics.status("3 of 3");
               diagnostics.status("");
               diagnostics.status("");
             }) ==
        "\r\x1b[K1 of 3"
        "\r\x1b[K2\\n of 3"
        "\r\x1b[Ksendvo: lost\n"
        "sendvo: again\n"
        "\r\x1b[K3 of 3"
        "\r\x1b[K");
}

TEST_CASE("gathered messages are all written at the log's end, and on demand, in order") {
  const TemporaryFolder folder;
  const std::string path = folder.file("log");
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const TestClock clock;
  {
    Diagnostics diagnostics("brokerd", LineStyle::tool, Level::info, clock, file.get());
    diagnostics.gather();
    diagnostics.info("one");
    diagnostics.warning("two");
    while (content(path) != "brokerd: one\nbrokerd: two\n")
      diagnostics.flush();
    diagnostics.info("three");
    diagnostics.info("four");
  }
  CHECK(content(path) == "brokerd: one\nbrokerd: two\nbrokerd: three\nbrokerd: four\n");
}

TEST_CASE("a log that nobody reads is waited for by nobody, and says what is missing") {
  Pipe pipe;
  const TestClock clock;
  constexpr int lines = 30'000;
  std::string written;
  std::thread reader;
  {
    Diagnostics diagnostics("brokerd", LineStyle::service, Level::info, clock, pipe.writing());
    diagnostics.gather();
    for (int i = 0; i < lines; ++i)
      diagnostics.info("{:>100}", i);
    diagnostics.error("said all the same");
    reader = std::thread([&] { written = pipe.read_all(); });
  }
  pipe.close_writing();
  reader.join();
  const std::string time = "2026-11-22T12:42:50.123Z ";
  const auto missing = written.find(time + "WARNING ");
  REQUIRE(missing != std::string::npos);
  std::uint64_t count = 0;
  std::istringstream(written.substr(missing + time.size() + 8)) >> count;
  const auto kept = std::count(written.begin(), written.end(), '\n') - 2;
  CHECK(static_cast<int>(count) + kept == lines);
  CHECK(written.substr(missing) ==
        fmt::format("{0}WARNING {1} diagnostic line(s) are missing here: nobody read them in time\n"
                    "{0}ERROR said all the same\n",
                    time, count));
}

TEST_CASE("a peer cannot fill the log with one message") {
  const std::string line = said(LineStyle::tool, Level::info, [](const Diagnostics& diagnostics) {
    diagnostics.info("from {}", std::string(1'000'000, 'x'));
  });
  CHECK(line.size() < max_diagnostics_line + 20);
  CHECK(line.ends_with("xx…\n"));
  // Nothing of a character that is cut is left.
  for (std::size_t before = 0; before < 5; ++before) {
    std::string text(before, 'x');
    for (int i = 0; i < 2000; ++i)
      text += "\u2603";
    const std::string snow =
        said(LineStyle::tool, Level::info,
             [&](const Diagnostics& diagnostics) { diagnostics.info("{}", text); });
    CHECK(snow.find("\\x") == std::string::npos);
    CHECK(snow.ends_with("\u2603…\n"));
  }
}

}  // namespace vtp
