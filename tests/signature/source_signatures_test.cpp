#include "lib/signature/source_signatures.h"

#include <deque>
#include <fcntl.h>
#include <vector>

#include <asio/detached.hpp>

#include "tests/signature/signed_events.h"
#include "tests/support/catch.h"
#include "tests/support/running.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

using Passage = SourceSignatures::Passage;

struct Fixture {
  explicit Fixture(Verify verify = Verify::require) : verifier(options(verify)) {}
  ~Fixture() { ::close(log_fd); }

  VerifierOptions options(Verify verify) const {
    VerifierOptions made;
    made.verify = verify;
    made.check.keyring = author.ring.folder();
    made.check.program = gpg.program();
    return made;
  }
  // Its name is in `ended` when that is over.
  void begin(const EventPtr& event) {
    auto& result = found.emplace_back();
    asio::co_spawn(context, keep(event, result), asio::detached);
    context.restart();
    context.poll();
  }
  asio::awaitable<void> keep(EventPtr event, std::optional<SourceSignatures::Checked>& result) {
    result = co_await signatures.check(event, "upstream:8099");
    ended.push_back(event->headline.ivorn);
  }
  bool ends(std::size_t count) {
    return comes_true(context, [&] { return ended.size() >= count; });
  }
  bool logs(const std::string& line) {
    return comes_true(context,
                      [&] { return content(folder.file("log")).find(line) != std::string::npos; });
  }
  void take_gpg_away() const { ::rename(gpg.program().c_str(), author.ring.path("away").c_str()); }
  void bring_gpg_back() const { ::rename(author.ring.path("away").c_str(), gpg.program().c_str()); }

  TemporaryFolder folder;
  SigningAuthor author;
  SlowGpg gpg{author.ring};
  TestClock clock;
  int log_fd = ::open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::debug, clock, log_fd};
  PeerDiagnostics peer_diagnostics{clock, diagnostics};
  asio::io_context context;
  Verifier verifier;
  SourceSignatures signatures{context.get_executor(), verifier, "upstream", peer_diagnostics,
                              diagnostics};
  std::deque<std::optional<SourceSignatures::Checked>> found;
  std::vector<std::string> ended;
};

}  // namespace

TEST_CASE("events go on in the order in which they came, whatever their checks take") {
  Fixture fixture;
  fixture.gpg.close();
  std::vector<std::string> names;
  for (int i = 0; i < 6; ++i) {
    names.push_back("ivo://a.b/c#" + std::to_string(i));
    fixture.begin(i % 3 == 2 ? sample_event(names.back())
                             : fixture.author.signed_event(names.back(), i != 3));
  }
  CHECK(fixture.ended.empty());
  fixture.gpg.open();
  REQUIRE(fixture.ends(6));
  CHECK(fixture.ended == names);
  for (const std::size_t i : {0U, 1U, 4U})
    CHECK(fixture.found[i]->passage == Passage::take);
  for (const std::size_t i : {2U, 3U, 5U})
    CHECK(fixture.found[i]->passage == Passage::pass_over);
  CHECK(fixture.logs("VOEvent ivo://a.b/c#2 from upstream:8099 skipped: it has no signature"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#3 from upstream:8099 skipped: its signature by the key " +
                     fixture.author.key.substr(24) + " is not of these bytes"));
}

TEST_CASE("where signatures are only logged, every event goes on, with what was found") {
  Fixture fixture(Verify::log);
  fixture.begin(fixture.author.signed_event("ivo://a.b/c#1", false));
  fixture.begin(sample_event("ivo://a.b/c#2"));
  REQUIRE(fixture.ends(2));
  CHECK(fixture.found[0]->passage == Passage::take);
  CHECK(fixture.found[0]->finding.state == SignatureState::bad);
  CHECK(fixture.found[1]->passage == Passage::take);
  CHECK(fixture.found[1]->finding.state == SignatureState::none);
  CHECK(content(fixture.folder.file("log")).find("skipped") == std::string::npos);
}

TEST_CASE("while gpg cannot be run, events wait, and then go on") {
  Fixture fixture;
  fixture.take_gpg_away();
  fixture.begin(fixture.author.signed_event("ivo://a.b/c#1"));
  fixture.begin(fixture.author.signed_event("ivo://a.b/c#2"));
  REQUIRE(fixture.logs("Events from upstream wait until their signatures can be checked: gpg "));
  CHECK(fixture.ended.empty());
  fixture.bring_gpg_back();
  REQUIRE(fixture.ends(2));
  CHECK(fixture.found[0]->passage == Passage::take);
  CHECK(fixture.found[1]->passage == Passage::take);
  CHECK(fixture.logs("Signatures of events from upstream can be checked again"));
}

TEST_CASE("events that wait for gpg end at a stop, and are not taken") {
  Fixture fixture;
  fixture.take_gpg_away();
  fixture.begin(fixture.author.signed_event("ivo://a.b/c#1"));
  REQUIRE(fixture.logs("wait until their signatures can be checked"));
  fixture.signatures.stop();
  REQUIRE(fixture.ends(1));
  CHECK(fixture.found[0]->passage == Passage::stopped);
}

TEST_CASE("lines about events that are passed over are limited") {
  Fixture fixture;
  const std::string name = "ivo://a.b/c#" + std::string(900, 'x');
  const std::size_t count = 2 * PeerDiagnostics::refusal_bytes / 1000;
  for (std::size_t i = 0; i < count; ++i)
    fixture.begin(sample_event(name));
  REQUIRE(fixture.ends(count));
  CHECK(content(fixture.folder.file("log")).size() < 3 * PeerDiagnostics::refusal_bytes / 2);
}

}  // namespace vtp
