#include "lib/peers/peer_file_reader.h"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>

#include "lib/base/descriptor.h"
#include "tests/support/catch.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

struct Fixture {
  Fixture() { write("# nobody\n"); }

  void write(const std::string& text) const {
    std::ofstream(file) << text;
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }

  TemporaryFolder folder;
  std::string file = folder.file("peers");
  TestClock clock;
  Descriptor log_file{::open(folder.file("log").c_str(), O_CREAT | O_WRONLY, 0600)};
  Diagnostics diagnostics{"tool", LineStyle::tool, Level::info, clock, log_file.get()};
  PeerFileReader reader{file, std::make_shared<const PeerList>(std::vector<KnownPeer>()), false,
                        diagnostics};
};

}  // namespace

TEST_CASE("a peers file that is read again gives the list as it is now") {
  Fixture fixture;
  fixture.write("a ::1 author\nb ::2 author\n");
  const PeerListPtr first = fixture.reader.read_again();
  REQUIRE(first);
  CHECK(first->peers().size() == 2);
  CHECK(fixture.logged().ends_with("Read " + fixture.file + " again: 2 line(s) of peers\n"));
  const Peer peer{"x", asio::ip::make_address("::1")};
  const PeerListPtr second = fixture.reader.read_again();
  REQUIRE(second);
  CHECK(second->find(peer, Side::author)->use_as(Side::author) ==
        first->find(peer, Side::author)->use_as(Side::author));
}

TEST_CASE("a peers file with a problem changes nothing, and each problem is a line") {
  Fixture fixture;
  fixture.write("a ::1 author\nb\nc ::1 author\n");
  CHECK_FALSE(fixture.reader.read_again());
  const std::string logged = fixture.logged();
  CHECK(logged.find(fixture.file + ":2: there is nothing after the name b") != std::string::npos);
  CHECK(logged.find(fixture.file + ":3: ::1/128 is the key of an author in line 1 already") !=
        std::string::npos);
  CHECK(logged.ends_with("Cannot use the peers file; the old list stays in effect\n"));
  REQUIRE(std::remove(fixture.file.c_str()) == 0);
  CHECK_FALSE(fixture.reader.read_again());
}

TEST_CASE("names of certificates without an authority are a warning") {
  Fixture fixture;
  fixture.write("a dn:CN=a author\n");
  const PeerListPtr list = fixture.reader.read_again();
  REQUIRE(list);
  CHECK(fixture.logged().find(
            "--peers: lines with dn: or san: admit nobody without --tls-client-ca") !=
        std::string::npos);
  CHECK(doubt_about(*list, false));
  CHECK_FALSE(doubt_about(*list, true));
}

TEST_CASE("a peers file that cannot be read again is a warning before that is needed") {
  Fixture fixture;
  fixture.reader.check_access();
  CHECK(fixture.logged().empty());
  REQUIRE(std::remove(fixture.file.c_str()) == 0);
  fixture.reader.check_access();
  CHECK(fixture.logged().ends_with(
      fixture.file + ": No such file or directory: it cannot be read again at SIGHUP\n"));
}

TEST_CASE("a peers file that admits nobody is read with a warning") {
  Fixture fixture;
  const PeerListPtr list = fixture.reader.read_again();
  REQUIRE(list);
  CHECK(list->peers().empty());
  CHECK(fixture.logged().find(fixture.file + ": admits no peer at all") != std::string::npos);
}

}  // namespace vtp
