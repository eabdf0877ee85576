#include "lib/broker/allow_lists.h"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

const Program program{"tool",
                      "",
                      "",
                      {{"receive-allow", "CIDR", "", "", Values::list},
                       {"broadcast-allow", "CIDR", "", "", Values::list},
                       {"keep", "DAYS", "", ""},
                       {"config", "FILE", "", "", Values::many}},
                      1};

// A command line with a file of options, and what is logged about it.
struct Fixture {
  explicit Fixture(const std::string& text) { write(text); }

  void write(const std::string& text) const { std::ofstream(file) << text; }

  [[nodiscard]] AllowListReader reader() const {
    return {line(), AllowLists::in(line()), diagnostics};
  }

  const CommandLine& line() const {
    if (!line_) {
      const std::string option = "--config=" + file;
      const char* arguments[] = {"tool", option.c_str()};
      line_.emplace(program, 2, arguments);
    }
    return *line_;
  }

  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }

  TemporaryFolder folder;
  std::string file = folder.file("conf");
  TestClock clock;
  Descriptor log_file{::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600)};
  Diagnostics diagnostics{"tool", LineStyle::tool, Level::info, clock, log_file.get()};
  mutable std::optional<CommandLine> line_;
};

bool lets_in(const std::vector<AddressRange>& ranges, const char* address) {
  return any_contains(ranges, asio::ip::make_address(address));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without options authors are on this machine, and subscribers anywhere") {
  const Fixture fixture("");
  const AllowedRanges ranges = fixture.reader().ranges();
  CHECK(lets_in(ranges.authors, "127.0.0.1"));
  CHECK(lets_in(ranges.authors, "::1"));
  CHECK_FALSE(lets_in(ranges.authors, "192.0.2.7"));
  CHECK(lets_in(ranges.subscribers, "192.0.2.7"));
  CHECK(lets_in(ranges.subscribers, "2001:db8::7"));
}

TEST_CASE("a FIFO is not read again, which nobody may write to") {
  const Fixture fixture("receive-allow = 192.0.2.0/24\n");
  AllowListReader reader = fixture.reader();
  REQUIRE(::unlink(fixture.file.c_str()) == 0);
  REQUIRE(::mkfifo(fixture.file.c_str(), 0600) == 0);
  CHECK_FALSE(reader.read_again());
  CHECK(has(fixture.logged(), "not a regular file, so it cannot be read again"));
  CHECK(lets_in(reader.ranges().authors, "192.0.2.7"));
}

TEST_CASE("lists that are read again are those of the file as it is now") {
  const Fixture fixture("receive-allow = 192.0.2.0/24\nkeep = 1\n");
  AllowListReader reader = fixture.reader();
  fixture.write("receive-allow = 198.51.100.7\nbroadcast-allow = localhost\nkeep = 1\n");
  const auto ranges = reader.read_again();
  REQUIRE(ranges);
  CHECK(lets_in(ranges->authors, "198.51.100.7"));
  CHECK_FALSE(lets_in(ranges->authors, "192.0.2.7"));
  CHECK(lets_in(ranges->subscribers, "127.0.0.1"));
  CHECK_FALSE(lets_in(ranges->subscribers, "198.51.100.7"));
  CHECK(has(fixture.logged(), "authors from 198.51.100.7; subscribers from localhost (127.0.0.1"));
  CHECK_FALSE(has(fixture.logged(), "Other options"));
}

TEST_CASE("lists that do not pass the check leave the old ones in effect") {
  const Fixture fixture("receive-allow = 192.0.2.0/24\n");
  const auto check = [](const AllowLists& lists) {
    if (lists.authors.size() > 1) throw UsageError("too many");
  };
  AllowListReader reader(fixture.line(), AllowLists::in(fixture.line()), fixture.diagnostics,
                         check);
  fixture.write("receive-allow = 192.0.2.0/24\nreceive-allow = ::1\n");
  CHECK_FALSE(reader.read_again());
  CHECK_FALSE(lets_in(reader.ranges().authors, "::1"));
  CHECK(has(fixture.logged(), "too many\n"));
  fixture.write("receive-allow = ::1\n");
  CHECK(reader.read_again());
  CHECK(lets_in(reader.ranges().authors, "::1"));
}

TEST_CASE("a file that is broken leaves the lists as they were, and the log says why") {
  const Fixture fixture("receive-allow = 192.0.2.0/24\n");
  AllowListReader reader = fixture.reader();
  for (const char* broken : {"receive-allow = 10.0.0.1/8\n", "recieve-allow = ::1\nkep = 1\n"}) {
    fixture.write(broken);
    CHECK_FALSE(reader.read_again());
  }
  CHECK(std::remove(fixture.file.c_str()) == 0);
  CHECK_FALSE(reader.read_again());
  CHECK(lets_in(reader.ranges().authors, "192.0.2.7"));
  const std::string diagnostics = fixture.logged();
  CHECK(has(diagnostics,
            "conf:1: receive-allow: 10.0.0.1/8: the address has bits set beyond its first 8\n"));
  CHECK(has(diagnostics, "conf:1: unknown option recieve-allow; did you mean receive-allow?\n"));
  CHECK(has(diagnostics, "conf:2: unknown option kep; did you mean keep?\n"));
  CHECK(has(diagnostics, "conf: No such file or directory\n"));
  CHECK(has(diagnostics, "Cannot read the allow lists again; the old ones stay in effect\n"));
}

TEST_CASE("other options that have changed are named, for the next start") {
  const Fixture fixture("receive-allow = 192.0.2.0/24\nkeep = 1\n");
  AllowListReader reader = fixture.reader();
  fixture.write("receive-allow = 192.0.2.0/25\nkeep = 2\n");
  CHECK(reader.read_again());
  CHECK(has(fixture.logged(),
            "Other options have changed; they take effect at the next start: keep\n"));
}

TEST_CASE("a name that cannot be resolved is a warning with its option") {
  const Fixture fixture("broadcast-allow = name.invalid\n");
  AllowListReader reader = fixture.reader();
  CHECK(reader.ranges().subscribers.empty());
  CHECK(has(fixture.logged(), "--broadcast-allow: cannot resolve name.invalid: "));
}

}  // namespace vtp
