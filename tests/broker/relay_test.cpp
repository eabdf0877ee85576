#include "lib/broker/relay.h"

#include <algorithm>
#include <deque>
#include <fcntl.h>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include <asio/detached.hpp>

#include "tests/signature/signed_events.h"
#include "tests/support/catch.h"
#include "tests/support/other_appender.h"
#include "tests/support/running.h"
#include "tests/support/sample_events.h"
#include "tests/support/sql.h"
#include "tests/support/temporary.h"
#include "tests/support/test_clock.h"

namespace vtp {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

struct Fixture {
  ~Fixture() { close(log_fd); }

  bool take(const std::string& ivorn) {
    return run_to_end(context, relay.take(sample_event(ivorn), "upstream"));
  }
  // What becomes of it is in `ended`.
  void begin(const std::string& ivorn) {
    auto& outcome = ended.emplace_back();
    asio::co_spawn(context, keep_result(relay.take(sample_event(ivorn), "upstream"), outcome),
                   asio::detached);
  }
  void break_log() const {
    run_sql(
        folder.file("events.db"),
        "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'broken'); END");
  }
  [[nodiscard]] std::string logged() const { return content(folder.file("log")); }
  bool logs(const std::string& line) {
    return comes_true(context, [&] { return logged().find(line) != std::string::npos; });
  }

  TemporaryFolder folder;
  TestClock clock;
  int log_fd = open(folder.file("log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::debug, clock, log_fd};
  asio::io_context context;
  EventLog events{folder.file("events.db"), Keep{}, clock, diagnostics};
  std::vector<Digest> cursors;
  Relay relay{context.get_executor(), events, diagnostics,
              [this](const Digest& digest) { cursors.push_back(digest); }};
  std::deque<std::optional<bool>> ended;
};

// A relay that looks at signatures.
struct SigningRelay {
  SigningRelay(Fixture& its_fixture, Verify verify, SignatureCheckOptions check)
      : fixture(its_fixture), verifier(options(verify, std::move(check))) {}

  static VerifierOptions options(Verify verify, SignatureCheckOptions check) {
    VerifierOptions options;
    options.verify = verify;
    options.check = std::move(check);
    return options;
  }

  Fixture& fixture;
  PeerDiagnostics peer_diagnostics{fixture.clock, fixture.diagnostics};
  Verifier verifier;
  std::vector<Digest> cursors;
  Relay relay{fixture.context.get_executor(),
              fixture.events,
              fixture.diagnostics,
              [this](const Digest& digest) { cursors.push_back(digest); },
              nullptr,
              signatures_of_source(fixture.context.get_executor(), &verifier, "upstream",
                                   peer_diagnostics, fixture.diagnostics)};
};

}  // namespace

TEST_CASE("an event that the log refuses is dropped, and the next one taken") {
  Fixture fixture;
  OtherAppender log;
  log.fate = Stored::refused;
  fixture.events.append_through(log);
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 from upstream is dropped: the log does not take it"));
  CHECK(fixture.cursors.size() == 1);
  CHECK(fixture.relay.fates().of(Fate::log_refuses) == 1);
}

TEST_CASE("an event is taken once it is in the log") {
  Fixture fixture;
  {
    const WriteLock lock(fixture.folder.file("events.db"));
    fixture.begin("ivo://a.b/c#1");
    fixture.context.restart();
    fixture.context.poll();
    CHECK_FALSE(fixture.ended[0]);
    CHECK(fixture.events.last() == 0);
  }
  CHECK(comes_true(fixture.context, [&] { return fixture.ended[0].has_value(); }));
  CHECK(fixture.ended[0] == true);
  CHECK(fixture.events.last() == 1);
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 received from upstream"));
}

TEST_CASE("an event that comes by two ways is in the log once") {
  Fixture fixture;
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 from upstream seen before"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 received from upstream"));
  CHECK(count(fixture.logged(), "received from") == 1);
  CHECK(fixture.take("ivo://a.b/c#2"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#2 received from upstream"));
  CHECK(Store(fixture.folder.file("events.db")).size() == 2);
}

TEST_CASE("what cannot be stored waits, and is stored once it can be") {
  Fixture fixture;
  fixture.break_log();
  for (int i = 0; i < 50; ++i)
    fixture.begin("ivo://a.b/c#" + std::to_string(i));
  CHECK(fixture.logs("Events from upstream wait until they can be stored"));
  CHECK(std::ranges::none_of(fixture.ended, [](const auto& one) { return one.has_value(); }));
  run_sql(fixture.folder.file("events.db"), "DROP TRIGGER broken");
  CHECK(comes_true(fixture.context, [&] {
    return std::ranges::all_of(fixture.ended, [](const auto& one) { return one == true; });
  }));
  CHECK(fixture.events.last() == 50);
  CHECK(fixture.logs("Events from upstream can be stored again"));
  CHECK(count(fixture.logged(), "wait until they can be stored") == 1);
}

TEST_CASE("what does not meet the filter is acknowledged, goes nowhere, and is not known as seen") {
  Fixture fixture;
  Worker worker;
  std::vector<Digest> cursors;
  Relay relay(
      fixture.context.get_executor(), fixture.events, fixture.diagnostics,
      [&](const Digest& digest) { cursors.push_back(digest); },
      std::make_unique<UpstreamFilter>(worker,
                                       std::vector<std::string>{"contains(/*/@ivorn, '#w')"},
                                       nullptr, fixture.diagnostics));
  const auto take = [&](const std::string& ivorn) {
    return run_to_end(fixture.context, relay.take(sample_event(ivorn), "upstream"));
  };
  CHECK(take("ivo://a.b/c#wanted"));
  CHECK(take("ivo://a.b/c#not"));
  CHECK(fixture.events.last() == 1);
  // It need not come again from there.
  REQUIRE(cursors.size() == 2);
  CHECK(cursors.back() == sample_event("ivo://a.b/c#not")->digest);
  CHECK(fixture.logs("VOEvent ivo://a.b/c#wanted received from upstream"));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#not from upstream does not meet --filter"));
  CHECK(relay.fates().of(Fate::accepted) == 1);
  CHECK(relay.fates().of(Fate::filtered) == 1);
  // From its author it is new.
  CHECK(run_to_end(fixture.context, fixture.events.append(sample_event("ivo://a.b/c#not"),
                                                          "author")) == Stored::first);
  worker.stop();
}

TEST_CASE("what waits when the broker stops is not taken") {
  Fixture fixture;
  fixture.break_log();
  fixture.begin("ivo://a.b/c#1");
  CHECK(fixture.logs("Events from upstream wait until they can be stored"));
  fixture.relay.stop();
  CHECK(comes_true(fixture.context, [&] { return fixture.ended[0].has_value(); }));
  CHECK(fixture.ended[0] == false);
  CHECK(fixture.cursors.empty());
}

TEST_CASE("the cursor is an event before which nothing is missing") {
  Fixture fixture;
  CHECK(fixture.take("ivo://a.b/c#1"));
  CHECK(fixture.take("ivo://a.b/c#1"));  // a duplicate is ours too
  const Digest first = sample_event("ivo://a.b/c#1")->digest;
  CHECK(fixture.cursors == std::vector<Digest>{first, first});
  run_sql(fixture.folder.file("events.db"),
          "CREATE TRIGGER broken BEFORE INSERT ON event WHEN NEW.ivorn = 'ivo://a.b/c#2' BEGIN "
          "SELECT RAISE(ABORT, 'broken'); END");
  fixture.begin("ivo://a.b/c#2");
  CHECK(fixture.logs("wait until they can be stored"));
  CHECK(fixture.take("ivo://a.b/c#3"));
  fixture.relay.caught_up(digest_of("not wanted"));
  CHECK(fixture.cursors.size() == 2);
  run_sql(fixture.folder.file("events.db"), "DROP TRIGGER broken");
  CHECK(comes_true(fixture.context, [&] { return fixture.ended[0].has_value(); }));
  CHECK(fixture.cursors.size() == 3);
  CHECK(fixture.cursors.back() == digest_of("not wanted"));
}

TEST_CASE("what is not signed as it must be is passed over, and not known as seen") {
  Fixture fixture;
  SigningAuthor author;
  SigningRelay signing(fixture, Verify::require, {.keyring = author.ring.folder()});
  const auto take = [&](const EventPtr& event) {
    return run_to_end(fixture.context, signing.relay.take(event, "upstream"));
  };
  const EventPtr good = author.signed_event("ivo://a.b/c#1");
  CHECK(take(good));
  CHECK(take(sample_event("ivo://a.b/c#2")));
  CHECK(fixture.events.last() == 1);
  REQUIRE(signing.cursors.size() == 2);
  CHECK(signing.cursors.back() == sample_event("ivo://a.b/c#2")->digest);
  CHECK(fixture.logs("VOEvent ivo://a.b/c#1 from upstream: signature good: signed by the key " +
                     author.key));
  CHECK(fixture.logs("VOEvent ivo://a.b/c#2 from upstream skipped: it has no signature"));
  CHECK(fixture.take("ivo://a.b/c#2"));  // from elsewhere
  CHECK(fixture.events.last() == 2);
  CHECK(take(good));
  CHECK(count(fixture.logged(), "signature good") == 1);
  CHECK(signing.relay.fates().of(Fate::signature) == 1);
  CHECK(signing.relay.fates().of(Fate::duplicate) == 1);
}

TEST_CASE("the cursor does not pass an event whose signature is still being checked") {
  Fixture fixture;
  SigningAuthor author;
  SlowGpg gpg(author.ring);
  gpg.close();
  SigningRelay signing(fixture, Verify::log, {author.ring.folder(), {}, gpg.program()});
  const std::vector<EventPtr> events = {author.signed_event("ivo://a.b/c#1"),
                                        sample_event("ivo://a.b/c#2"),
                                        author.signed_event("ivo://a.b/c#3")};
  std::deque<std::optional<bool>> ended;
  for (const EventPtr& event : events)
    asio::co_spawn(fixture.context,
                   keep_result(signing.relay.take(event, "upstream"), ended.emplace_back()),
                   asio::detached);
  REQUIRE(comes_true(fixture.context, [&] { return gpg.runs() > 0; }));
  CHECK(fixture.events.last() == 0);
  CHECK(signing.cursors.empty());
  gpg.open();
  REQUIRE(comes_true(fixture.context, [&] {
    return std::ranges::all_of(ended, [](const auto& one) { return one == true; });
  }));
  CHECK(signing.cursors.back() == events.back()->digest);
  CHECK(fixture.events.last() == 3);
}

TEST_CASE("an event whose signature cannot be checked before a stop is not taken") {
  Fixture fixture;
  SigningAuthor author;
  SlowGpg gpg(author.ring);
  gpg.close();
  SigningRelay signing(fixture, Verify::log, {author.ring.folder(), {}, gpg.program()});
  std::optional<bool> ended;
  asio::co_spawn(
      fixture.context,
      keep_result(signing.relay.take(author.signed_event("ivo://a.b/c#1"), "upstream"), ended),
      asio::detached);
  REQUIRE(comes_true(fixture.context, [&] { return gpg.runs() > 0; }));
  signing.relay.stop();
  signing.verifier.begin_to_stop();
  REQUIRE(comes_true(fixture.context, [&] { return ended.has_value(); }));
  CHECK(ended == false);
  CHECK(signing.cursors.empty());
  CHECK(fixture.events.last() == 0);
}

}  // namespace vtp
