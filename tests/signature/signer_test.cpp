#include "lib/signature/signer.h"

#include <algorithm>

#include "lib/signature/layout.h"
#include "lib/signature/signature_check.h"
#include "tests/signature/key_ring.h"
#include "tests/support/catch.h"
#include "tests/support/pipe.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

const std::string event = valid_event("ivo://a.b/c#d");  // by ivo://a.b/author

// What the signer says is in a file.
class Said {
 public:
  Said() : file_(std::fopen(folder_.file("said").c_str(), "w")) {}
  ~Said() { std::fclose(file_); }
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }
  [[nodiscard]] std::string text() const { return content(folder_.file("said")); }

 private:
  TemporaryFolder folder_;
  FILE* file_;
  Clock clock_;
  Diagnostics diagnostics_{"test", LineStyle::tool, Level::debug, clock_, ::fileno(file_)};
};

std::string problem_with(const TestKeyRing& ring, const std::string& key) {
  const Said said;
  try {
    const Signer signer({key, ring.folder()}, said.diagnostics());
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a signed event is good, and gpg itself agrees; no byte but the comment is added") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const Said said;
  for (const std::string& name : {key, std::string("ivo://a.b/author"), key.substr(24)}) {
    Signer signer({name, ring.folder()}, said.diagnostics());
    const auto made = signer.sign(event + "\n", "ivo://a.b/author");
    REQUIRE(made);
    CHECK(made->starts_with(event + "<!--\n====="));
    CHECK(made->ends_with("\n-->\n"));
    CHECK(SignatureCheck({ring.folder()}).check(*made, "ivo://a.b/c#d").state ==
          SignatureState::good);
    std::string armour = made->substr(event.size() + 5);
    armour = armour.substr(0, armour.find("-->"));
    std::size_t at = 0;
    while ((at = armour.find("=====", at)) != std::string::npos)
      armour.replace(at, 5, "-----");
    ring.write("armour", armour);
    ring.write("root", std::string(parts_of(event)->root));
    CHECK_NOTHROW(ring.gpg("--verify " + ring.folder() + "/armour " + ring.folder() + "/root"));
  }
  CHECK(said.text().empty());
}

TEST_CASE("headers that gpg is configured to write are left out of the comment") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  ring.write("gpg.conf", "comment two -- dashes\nemit-version\n");
  const Said said;
  Signer signer({key, ring.folder()}, said.diagnostics());
  const auto made = signer.sign(event, "ivo://a.b/author");
  REQUIRE(made);
  CHECK(made->find("dashes") == std::string::npos);
  CHECK(SignatureCheck({ring.folder()}).check(*made, "ivo://a.b/c#d").state ==
        SignatureState::good);
}

TEST_CASE("an author that the key does not name is warned of once") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const Said said;
  Signer signer({key, ring.folder()}, said.diagnostics());
  for (const char* author : {"ivo://a.b/other", "ivo://a.b/author", "ivo://a.b/other"})
    CHECK(signer.sign(event, author));
  const std::string text = said.text();
  CHECK(text.find("The key " + key + " has no user id ivo://a.b/other, the event's AuthorIVORN") !=
        std::string::npos);
  CHECK(std::ranges::count(text, '\n') == 1);
}

TEST_CASE("an event that is signed already is not signed again") {
  TestKeyRing ring;
  const Said said;
  Signer signer({ring.make_key("ivo://a.b/author"), ring.folder()}, said.diagnostics());
  const auto made = signer.sign(event, "ivo://a.b/author");
  REQUIRE(made);
  CHECK(signer.sign(*made, "ivo://a.b/author").problem() == "it is already signed");
}

TEST_CASE("a key that cannot sign is refused at once, with what to do") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  ring.make_key("ivo://a.b/author2");
  CHECK(problem_with(ring, "") == "--sign: give a key: its fingerprint, or a part of its user id");
  CHECK(problem_with(ring, "nobody") == "--sign=nobody: no such key in " + ring.folder() +
                                            "; gpg --list-secret-keys shows those that are there");
  CHECK(problem_with(ring, "a.b") ==
        "--sign=a.b: 2 keys in " + ring.folder() + " match; give the fingerprint");
  CHECK(problem_with(ring, "--x").starts_with("--sign=--x: no such key in "));

  TestKeyRing others;
  ring.gpg("--export --output " + ring.folder() + "/key " + key);
  others.gpg("--import " + ring.folder() + "/key");
  CHECK(problem_with(others, key) ==
        "--sign=" + key + ": " + others.folder() +
            " has only the public part of this key; import the secret one");

  ring.gpg(
      "--passphrase '' --faked-system-time 20200101T000000 --quick-generate-key "
      "ivo://a.b/expired ed25519 sign 1d");
  CHECK(problem_with(ring, "ivo://a.b/expired").find(" has expired; extend it with gpg ") !=
        std::string::npos);
}

TEST_CASE("where nobody can type a passphrase, a key that has one is refused with advice") {
  TestKeyRing ring;
  ring.write("gpg-agent.conf", "pinentry-program /bin/false\nallow-loopback-pinentry\n");
  const std::string key = ring.make_key("ivo://a.b/author", "never", "secret");
  ring.gpg("--version");
  const std::string problem = problem_with(ring, key);
  CHECK(problem.starts_with("--sign=" + key + ": the key " + key + " cannot be used: "));
  CHECK(
      problem.ends_with("; where nobody can type a passphrase, use a key that has none, or give "
                        "it to the agent before (gpg-preset-passphrase(1))"));
}

}  // namespace vtp
