#include "lib/signature/verifier.h"

#include <deque>
#include <vector>

#include <asio/detached.hpp>

#include "lib/net/worker.h"
#include "tests/signature/signed_events.h"
#include "tests/support/catch.h"
#include "tests/support/running.h"

namespace vtp {
namespace {

using WhenFull = Verifier::WhenFull;

struct Fixture {
  VerifierOptions options() const {
    VerifierOptions made;
    made.verify = Verify::require;
    made.check.keyring = author.ring.folder();
    made.check.program = gpg.program();
    made.threads = 1;
    return made;
  }

  SignatureFinding check(Verifier& verifier, const EventPtr& event) {
    return run_to_end(context, verifier.check(event, "author", WhenFull::give_up));
  }
  // What becomes of it is in `found`, and its name in `ended`.
  void begin(Verifier& verifier, const EventPtr& event, const std::string& account,
             WhenFull when_full = WhenFull::give_up) {
    auto& result = found.emplace_back();
    asio::co_spawn(context, keep(verifier, event, account, when_full, result), asio::detached);
    context.restart();
    context.poll();
  }
  asio::awaitable<void> keep(Verifier& verifier, EventPtr event, std::string account,
                             WhenFull when_full, std::optional<SignatureFinding>& result) {
    result = co_await verifier.check(event, account, when_full);
    ended.push_back(account);
  }
  bool ends(std::size_t count) {
    return comes_true(context, [&] { return ended.size() >= count; });
  }
  bool begins(std::size_t runs) {
    return comes_true(context, [&] { return gpg.runs() >= runs; });
  }

  SigningAuthor author;
  SlowGpg gpg{author.ring};
  asio::io_context context;
  std::deque<std::optional<SignatureFinding>> found;
  std::vector<std::string> ended;
};

}  // namespace

TEST_CASE("what is done with signatures has a name, and other names are refused") {
  for (const Verify verify : {Verify::off, Verify::log, Verify::require})
    CHECK(*parse_verify(name_of(verify)) == verify);
  CHECK(parse_verify("on").problem() == "on is not off, log or require");
}

TEST_CASE("only a good signature is no objection where it is required") {
  const SignatureFinding good{SignatureState::good, "AB", "signed by the key AB"};
  const SignatureFinding none{SignatureState::none, "", "it has no signature"};
  const SignatureFinding expired{SignatureState::expired, "AB", "it has expired"};
  const SignatureFinding unchecked{SignatureState::unchecked, "", "no memory"};
  CHECK(objection_to(good, Verify::require).empty());
  CHECK(objection_to(none, Verify::require) ==
        "This broker takes only events signed by their author: it has no signature");
  CHECK(objection_to(expired, Verify::require) ==
        "This broker takes only events signed by their author: it has expired");
  CHECK(objection_to(unchecked, Verify::require) ==
        "This broker cannot check signatures now; try again later");
  for (const auto& finding : {good, none, expired, unchecked})
    CHECK(objection_to(finding, Verify::log).empty());
  CHECK(signature_line("ivo://a.b/c#d", "127.0.0.1:1", expired) ==
        "VOEvent ivo://a.b/c#d from 127.0.0.1:1: signature expired: it has expired");
}

TEST_CASE("signatures are checked on other threads, and the findings come back here") {
  Fixture fixture;
  Verifier verifier(fixture.options());
  const SignatureFinding good =
      fixture.check(verifier, fixture.author.signed_event("ivo://a.b/c#1"));
  CHECK(good.state == SignatureState::good);
  CHECK(good.signed_by == fixture.author.key);
  CHECK(fixture.check(verifier, fixture.author.signed_event("ivo://a.b/c#2", false)).state ==
        SignatureState::bad);
}

TEST_CASE("an event without a signature waits for nothing") {
  Fixture fixture;
  fixture.gpg.close();
  Verifier verifier(fixture.options());
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#1"), "author");
  fixture.begin(verifier, sample_event("ivo://a.b/c#2"), "author");
  REQUIRE(fixture.ended.size() == 1);
  CHECK(fixture.found[1]->state == SignatureState::none);
  fixture.gpg.open();
  CHECK(fixture.ends(2));
}

TEST_CASE("a large event is looked at on the other threads, which takes no run of gpg") {
  Fixture fixture;
  fixture.gpg.close();
  Verifier verifier(fixture.options());
  Event large{valid_event("ivo://a.b/c#1") + std::string(large_message, '\n'), {}, {}};
  large.digest = digest_of(large.bytes);
  large.headline.ivorn = "ivo://a.b/c#1";
  CHECK_FALSE(is_surely_unsigned(large));
  CHECK(is_surely_unsigned(*sample_event("ivo://a.b/c#1")));
  CHECK_FALSE(is_surely_unsigned(*fixture.author.signed_event("ivo://a.b/c#1")));
  CHECK(fixture.check(verifier, std::make_shared<const Event>(std::move(large))).state ==
        SignatureState::none);
  CHECK(fixture.gpg.runs() == 0);
}

TEST_CASE("the queue has a limit, of which one account cannot have all") {
  Fixture fixture;
  fixture.gpg.close();
  VerifierOptions options = fixture.options();
  options.most_waiting = 4;
  Verifier verifier(options);
  const EventPtr event = fixture.author.signed_event("ivo://a.b/c#1");
  fixture.begin(verifier, event, "busy");
  REQUIRE(fixture.begins(1));  // it is no longer in the queue
  for (int i = 0; i < 3; ++i)
    fixture.begin(verifier, event, "busy");
  CHECK(verifier.waiting() == 3);
  fixture.begin(verifier, event, "busy");  // more than 3/4
  REQUIRE(fixture.ends(1));
  CHECK(fixture.found[4]->state == SignatureState::unchecked);
  fixture.begin(verifier, event, "other");
  CHECK(verifier.waiting() == 4);
  fixture.begin(verifier, event, "third");  // more than all
  REQUIRE(fixture.ends(2));
  CHECK(fixture.found[6]->state == SignatureState::unchecked);
  fixture.begin(verifier, event, "upstream", WhenFull::wait);
  CHECK(verifier.waiting() == 5);
  fixture.gpg.open();
  REQUIRE(fixture.ends(8));
  for (const std::size_t each : {0U, 1U, 2U, 3U, 5U, 7U})
    CHECK(fixture.found[each]->state == SignatureState::good);
}

TEST_CASE("accounts are served in turn") {
  Fixture fixture;
  fixture.gpg.close();
  Verifier verifier(fixture.options());
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#0"), "first");
  REQUIRE(fixture.begins(1));
  for (int i = 1; i <= 5; ++i)
    fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#" + std::to_string(i)),
                  "busy");
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#6"), "other");
  fixture.gpg.open();
  REQUIRE(fixture.ends(7));
  CHECK(fixture.ended[0] == "first");
  CHECK((fixture.ended[1] == "other" || fixture.ended[2] == "other"));
}

TEST_CASE("a good signature is remembered for a while, and a bad one is not") {
  Fixture fixture;
  Verifier verifier(fixture.options());
  const EventPtr good = fixture.author.signed_event("ivo://a.b/c#1");
  CHECK(fixture.check(verifier, good).state == SignatureState::good);
  const std::size_t runs = fixture.gpg.runs();
  CHECK(fixture.check(verifier, good).state == SignatureState::good);
  CHECK(fixture.gpg.runs() == runs);
  const EventPtr bad = fixture.author.signed_event("ivo://a.b/c#2", false);
  CHECK(fixture.check(verifier, bad).state == SignatureState::bad);
  CHECK(fixture.check(verifier, bad).state == SignatureState::bad);
  CHECK(fixture.gpg.runs() == runs + 2);
}

TEST_CASE("a gpg that does not end is interrupted, and the next event is checked") {
  Fixture fixture;
  fixture.gpg.close();
  VerifierOptions options = fixture.options();
  options.check.timeout = std::chrono::milliseconds(300);
  Verifier verifier(options);
  const SignatureFinding late =
      fixture.check(verifier, fixture.author.signed_event("ivo://a.b/c#1"));
  CHECK(late.state == SignatureState::bad);
  CHECK(late.explanation == "gpg did not finish checking its signature in time");
  CHECK(fixture.gpg.runs() == 2);
}

TEST_CASE("a verifier that is stopped waits for no gpg, and what waits or comes is unchecked") {
  Fixture fixture;
  fixture.gpg.close();
  Verifier verifier(fixture.options());
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#1"), "author");
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#2"), "author");
  REQUIRE(fixture.begins(1));
  verifier.stop();
  fixture.begin(verifier, fixture.author.signed_event("ivo://a.b/c#3"), "author");
  REQUIRE(fixture.ends(3));
  for (const auto& each : fixture.found)
    CHECK(each->state == SignatureState::unchecked);
}

TEST_CASE("without gpg, a signature is unchecked, and not bad") {
  Fixture fixture;
  Verifier verifier(fixture.options());
  ::rename(fixture.gpg.program().c_str(), fixture.author.ring.path("away").c_str());
  const EventPtr event = fixture.author.signed_event("ivo://a.b/c#1");
  CHECK(fixture.check(verifier, event).state == SignatureState::unchecked);
  ::rename(fixture.author.ring.path("away").c_str(), fixture.gpg.program().c_str());
  CHECK(fixture.check(verifier, event).state == SignatureState::good);
}

}  // namespace vtp
