#include "lib/net/peer_diagnostics.h"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using std::chrono::minutes;

// A log of peers, and what it has written.
struct Fixture {
  TemporaryFolder folder;
  TestClock clock;
  Descriptor file{
      ::open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  Diagnostics diagnostics{"broker", LineStyle::tool, Level::info, clock, file.get()};
  std::optional<PeerDiagnostics> peers{std::in_place, clock, diagnostics};

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(content(folder.file("log")));
    for (std::string line; std::getline(text, line);)
      all.push_back(line.substr(line.find(' ') + 1));
    return all;
  }
  [[nodiscard]] std::size_t count(const std::string& beginning) const {
    const auto all = lines();
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const std::string& line) { return line.starts_with(beginning); }));
  }
};

std::string left_out(std::size_t count, const std::string& whose) {
  return fmt::format("{} more line(s) about {} were left out", count, whose);
}

}  // namespace

TEST_CASE("peers are known by their addresses, those of IPv6 by their network") {
  CHECK(address_in("192.0.2.1:4711") == "192.0.2.1");
  CHECK(address_in("[2001:db8:1:2:3:4:5:6]:4711") == "2001:db8:1:2::/64");
  CHECK(address_in("[2001:db8:1:2::9]:1") == "2001:db8:1:2::/64");
  CHECK(address_in("[fe80::1%eth0]:1") == "fe80::/64");
  CHECK(address_in("[::ffff:192.0.2.1]:1") == "192.0.2.1");
  CHECK(address_in("unix:/run/broker:1") == "unix:/run/broker:1");
}

TEST_CASE("a peer causes a few lines, then one each minute with the number of those left out") {
  Fixture fixture;
  auto session = fixture.peers->session("192.0.2.1:1");
  for (int i = 0; i < 1000; ++i)
    session.warning("bad {}", i);
  std::vector<std::string> expected;
  for (int i = 0; i < PeerDiagnostics::first_lines; ++i)
    expected.push_back(fmt::format("bad {}", i));
  CHECK(fixture.lines() == expected);
  fixture.clock.advance(minutes(1));
  session.warning("bad again");
  session.warning("and again");
  expected.push_back(left_out(1000 - PeerDiagnostics::first_lines, "192.0.2.1:1"));
  expected.push_back("bad again");
  CHECK(fixture.lines() == expected);
}

TEST_CASE("a session's end says how many lines were left out") {
  Fixture fixture;
  {
    auto session = fixture.peers->session("192.0.2.1:1");
    for (int i = 0; i < PeerDiagnostics::first_lines + 7; ++i)
      session.info("hello");
  }
  CHECK(fixture.lines().back() == left_out(7, "192.0.2.1:1"));
  { const auto quiet = fixture.peers->session("192.0.2.1:1"); }
  CHECK(fixture.lines().size() == PeerDiagnostics::first_lines + 1);
}

TEST_CASE("who comes back at once has no more lines for that, and others have theirs") {
  Fixture fixture;
  constexpr int sessions = 1000;
  for (int i = 0; i < sessions; ++i)
    fixture.peers->session(fmt::format("192.0.2.1:{}", i)).info("New connection");
  CHECK(fixture.count("New connection") == PeerDiagnostics::address_lines);
  fixture.peers->session("192.0.2.2:1").info("Another");
  CHECK(fixture.lines().back() == "Another");
  fixture.clock.advance(minutes(1));
  fixture.peers->session("192.0.2.1:1").info("Once more");
  CHECK(fixture.lines()[PeerDiagnostics::address_lines + 1] ==
        left_out(sessions - PeerDiagnostics::address_lines, "192.0.2.1"));
  CHECK(fixture.lines().back() == "Once more");
}

TEST_CASE("connections that bring something are all told of") {
  Fixture fixture;
  constexpr std::size_t sessions = 1000;
  for (std::size_t i = 0; i < sessions; ++i) {
    auto session = fixture.peers->session("192.0.2.1:1");
    session.info("New connection");
    session.behaved();
    session.behaved();
  }
  CHECK(fixture.count("New connection") == sessions);
}

TEST_CASE("thousands of refused events are told of, and not without end") {
  Fixture fixture;
  auto session = fixture.peers->session("192.0.2.1:1");
  const std::string text(100, 'x');
  constexpr std::size_t most = PeerDiagnostics::refusal_bytes / 100;
  for (std::size_t i = 0; i < 2 * most; ++i)
    session.refusal(Level::info, "{}", text);
  CHECK(fixture.count(text) == most + 1);
  session.info("not a refusal");
  CHECK(fixture.count("not a refusal") == 1);
  CHECK(fixture.count(left_out(most - 1, "192.0.2.1")) == 1);
}

TEST_CASE("a session with very many faults is to be dropped, by what it did itself") {
  Fixture fixture;
  auto session = fixture.peers->session("192.0.2.1:1");
  auto other = fixture.peers->session("192.0.2.1:2");
  for (int i = 0; i < PeerDiagnostics::most_faults; ++i)
    session.fault("bad");
  CHECK_FALSE(session.too_many());
  session.fault("bad");
  CHECK(session.too_many());
  fixture.clock.advance(minutes(10));
  CHECK(session.too_many());
  other.fault("bad");
  CHECK_FALSE(other.too_many());
}

TEST_CASE("faults now and then are no reason to drop a session, nor are warnings") {
  Fixture fixture;
  auto session = fixture.peers->session("192.0.2.1:1");
  for (int i = 0; i < 10 * PeerDiagnostics::most_faults; ++i) {
    session.fault("bad");
    session.warning("not good");
    fixture.clock.advance(minutes(1));
  }
  CHECK_FALSE(session.too_many());
}

TEST_CASE("what the log does not say takes nothing away, and faults count all the same") {
  Fixture fixture;
  const Diagnostics quiet("broker", LineStyle::tool, Level::error, fixture.clock,
                          fixture.file.get());
  {
    PeerDiagnostics peers(fixture.clock, quiet);
    auto session = peers.session("192.0.2.1:1");
    for (int i = 0; i <= PeerDiagnostics::most_faults; ++i) {
      session.fault("bad {}", i + 0L);
      session.info("hello {}", std::string("there"));
      session.refusal(Level::info, "no {}", std::string("more"));
    }
    CHECK(session.too_many());
  }
  CHECK(fixture.lines().empty());
}

TEST_CASE("addresses are forgotten when they have caused nothing for a while") {
  Fixture fixture;
  for (int i = 0; i < 100; ++i)
    fixture.peers->session(fmt::format("192.0.2.{}:1", i)).info("hello");
  const auto here = fixture.peers->session("198.51.100.1:1");
  CHECK(fixture.peers->addresses() == 101);
  fixture.clock.advance(minutes(2));
  (void)fixture.peers->session("198.51.100.2:1");
  CHECK(fixture.peers->addresses() == 2);
}

TEST_CASE("more addresses than are remembered share what one may cause") {
  Fixture fixture;
  constexpr std::size_t addresses =
      PeerDiagnostics::most_addresses + 2 * PeerDiagnostics::address_lines;
  for (std::size_t i = 0; i < addresses; ++i)
    fixture.peers->session(fmt::format("10.0.{}.{}:1", i / 256, i % 256)).info("hello");
  CHECK(fixture.peers->addresses() == PeerDiagnostics::most_addresses);
  CHECK(fixture.count("hello") == PeerDiagnostics::most_addresses + PeerDiagnostics::address_lines);
  fixture.peers.reset();
  CHECK(fixture.lines().back() == left_out(PeerDiagnostics::address_lines, "other addresses"));
}

TEST_CASE("sessions of many threads lose no count") {
  Fixture fixture;
  constexpr std::size_t threads = 4;
  constexpr std::size_t sessions = 500;
  constexpr std::size_t each = 5;
  std::vector<std::thread> all;
  for (std::size_t thread = 0; thread < threads; ++thread)
    all.emplace_back([&] {
      for (std::size_t i = 0; i < sessions; ++i) {
        auto session = fixture.peers->session("192.0.2.1:1");
        for (std::size_t line = 0; line < each; ++line)
          session.warning("bad");
      }
    });
  for (std::thread& thread : all)
    thread.join();
  fixture.peers.reset();
  std::size_t count = fixture.count("bad");
  for (const std::string& line : fixture.lines())
    if (line.find("left out") != std::string::npos) count += std::stoul(line);
  CHECK(count == threads * sessions * each);
}

}  // namespace vtp
