#include "lib/signature/signature_check.h"

#include <algorithm>

#include "lib/signature/layout.h"
#include "tests/signature/key_ring.h"
#include "tests/support/catch.h"
#include "tests/support/sample_events.h"

namespace vtp {
namespace {

const std::string ivorn = "ivo://a.b/c#d";
const std::string event = valid_event(ivorn);  // by ivo://a.b/author

std::string root_of(const std::string& document) { return std::string(parts_of(document)->root); }

// The event, signed by gpg itself.
std::string signed_by(TestKeyRing& ring, const std::string& key,
                      const std::string& document = event, const std::string& options = "") {
  return *with_signature(document, ring.armour_of(root_of(document), key, options));
}

SignatureFinding found(const TestKeyRing& ring, const std::string& document,
                       ListedKey listed = {}) {
  return SignatureCheck({ring.folder(), std::move(listed)}).check(document, ivorn);
}

}  // namespace

TEST_CASE("a signature that gpg made is good if its key has the AuthorIVORN as a user id") {
  TestKeyRing ring;
  const std::string key = ring.make_key("Robot (ivo://a.b/author) <robot@a.b>");
  const SignatureFinding good = found(ring, signed_by(ring, key));
  CHECK(good.state == SignatureState::good);
  CHECK(good.signed_by == key);
  CHECK(good.explanation == "signed by the key " + key + " (Robot (ivo://a.b/author) <robot@a.b>)");
  CHECK(found(ring, event + "<!-- a -->").state == SignatureState::none);
}

TEST_CASE("of one context, many signatures can be checked, and each is found as it is") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const std::string good = signed_by(ring, key);
  std::string bad = good;
  bad.replace(bad.find("role='test'"), 11, "role='Test'");
  SignatureCheck check({ring.folder()});
  for (int i = 0; i < 3; ++i) {
    CHECK(check.check(good, ivorn).state == SignatureState::good);
    const SignatureFinding of_bad = check.check(bad, ivorn);
    CHECK(of_bad.state == SignatureState::bad);
    CHECK(of_bad.signed_by.empty());
    CHECK(of_bad.explanation.ends_with("is not of these bytes"));
  }
}

TEST_CASE("what is outside the root may change, and nothing in it") {
  TestKeyRing ring;
  const std::string is_signed = signed_by(ring, ring.make_key("ivo://a.b/author"));
  const std::size_t root = is_signed.find("<voe:");
  CHECK(found(ring, "<!-- a -->" + is_signed.substr(root)).state == SignatureState::good);
  CHECK(found(ring, is_signed + "\n<!-- a -->").state == SignatureState::good);
  const std::size_t end = is_signed.find("<!--\n=");
  SignatureCheck check({ring.folder()});
  for (std::size_t at = root + 5; at < end - 14; at += 16) {
    std::string altered = is_signed;
    altered[at] = altered[at] == 'x' ? 'y' : 'x';
    CHECK(check.check(altered, ivorn).state == SignatureState::bad);
  }
}

TEST_CASE("the signature of another author is not good, unless its key is listed for the event") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/other");
  const std::string is_signed = signed_by(ring, key);
  const SignatureFinding other = found(ring, is_signed);
  CHECK(other.state == SignatureState::unknown_key);
  CHECK(other.signed_by == key);
  CHECK(other.explanation == "the key " + key +
                                 " (ivo://a.b/other) has no user id ivo://a.b/author, the event's "
                                 "AuthorIVORN, and is not listed for it");
  const auto lists = [&](std::string_view fingerprint, std::string_view of) {
    return fingerprint == key && of.starts_with("ivo://a.b/c#");
  };
  CHECK(found(ring, is_signed, lists).state == SignatureState::good);
  const auto lists_none = [](std::string_view, std::string_view) { return false; };
  CHECK(found(ring, is_signed, lists_none).state == SignatureState::unknown_key);
}

TEST_CASE(
    "a key that is not in the key ring is unknown, until it comes; one that was removed too") {
  TestKeyRing authors;
  const std::string key = authors.make_key("ivo://a.b/author");
  const std::string is_signed = signed_by(authors, key);
  TestKeyRing ring;
  ring.make_key("ivo://a.b/other");  // one that loses its last key counts as unreadable
  SignatureCheck check({ring.folder()});
  const SignatureFinding unknown = check.check(is_signed, ivorn);
  CHECK(unknown.state == SignatureState::unknown_key);
  CHECK(unknown.signed_by.empty());
  CHECK(unknown.explanation == "the key " + key + " is not in the key ring");
  authors.gpg("--export --output " + authors.folder() + "/key " + key);
  ring.gpg("--import " + authors.folder() + "/key");
  CHECK(check.check(is_signed, ivorn).state == SignatureState::good);
  ring.gpg("--yes --delete-keys " + key);
  CHECK(check.check(is_signed, ivorn).state == SignatureState::unknown_key);
}

TEST_CASE("a user id that is revoked names nobody, also if it was remembered") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  ring.gpg("--passphrase '' --quick-add-uid " + key + " ivo://a.b/other");
  const std::string is_signed = signed_by(ring, key);
  SignatureCheck check({ring.folder()});
  CHECK(check.check(is_signed, ivorn).state == SignatureState::good);
  ring.gpg("--passphrase '' --quick-revoke-uid " + key + " ivo://a.b/author");
  CHECK(check.check(is_signed, ivorn).state == SignatureState::unknown_key);
}

TEST_CASE("an expired signature, and one of an expired key, are expired") {
  TestKeyRing ring;
  const std::string then = "--faked-system-time 20200101T000000 ";
  const std::string make =
      then + "--passphrase '' --quick-generate-key ivo://a.b/author ed25519 sign ";
  SECTION("the signature") {
    ring.gpg(make + "never");
    const SignatureFinding expired =
        found(ring, signed_by(ring, "ivo://a.b/author", event, then + "--default-sig-expire 1d"));
    CHECK(expired.state == SignatureState::expired);
    CHECK(expired.signed_by.size() == 40);
    CHECK(expired.explanation.ends_with("(ivo://a.b/author) has expired, or the key has"));
  }
  SECTION("the key") {
    ring.gpg(make + "1d");
    const SignatureFinding expired = found(ring, signed_by(ring, "ivo://a.b/author", event, then));
    CHECK(expired.state == SignatureState::expired);
    CHECK(expired.signed_by.size() == 40);
  }
}

TEST_CASE("the signature of a revoked key is bad") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const std::string is_signed = signed_by(ring, key);
  CHECK(found(ring, is_signed).state == SignatureState::good);
  const std::string certificate = ring.folder() + "/openpgp-revocs.d/" + key + ".rev";
  std::string text = content(certificate);
  text.replace(text.find(":-----BEGIN"), 1, "");
  std::ofstream(certificate) << text;
  ring.gpg("--import " + certificate);
  const SignatureFinding revoked = found(ring, is_signed);
  CHECK(revoked.state == SignatureState::bad);
  CHECK(revoked.explanation == "the key " + key + " is revoked");
}

TEST_CASE("a subkey signs for its primary key") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  ring.gpg("--passphrase '' --quick-add-key " + key + " ed25519 sign never");
  const SignatureFinding good = found(ring, signed_by(ring, key));
  CHECK(good.state == SignatureState::good);
  CHECK(good.signed_by == key);
}

TEST_CASE("one good signature among several is enough, in any order") {
  TestKeyRing ring;
  const std::string author = ring.make_key("ivo://a.b/author");
  const std::string other = ring.make_key("ivo://a.b/other");
  const auto comment = [](const std::string& document) {
    return document.substr(document.find("<!--\n="));
  };
  const std::string good = comment(signed_by(ring, author));
  const std::string by_other = comment(signed_by(ring, other));
  const std::string of_other = comment(signed_by(ring, author, valid_event("ivo://a.b/c#other")));
  const std::string unreadable = "<!--=====BEGIN PGP SIGNATURE=====-->";
  const std::string long_one =
      "<!--^^^^^BEGIN PGP SIGNATURE^^^^^" + std::string(longest_armour, 'A') + "-->";
  SignatureCheck check({ring.folder()});
  for (const std::string& junk : {by_other, of_other, unreadable, long_one})
    for (const std::string& comments : {junk + good, good + junk}) {
      const SignatureFinding found = check.check(event + comments, ivorn);
      CHECK(found.state == SignatureState::good);
      CHECK(found.signed_by == author);
    }
  for (const std::string& comments : {by_other + of_other, of_other + by_other})
    CHECK(check.check(event + comments, ivorn).state == SignatureState::unknown_key);
}

TEST_CASE("an expired signature does not hide a good one, nor a bad one an expired one") {
  TestKeyRing ring;
  const std::string then = "--faked-system-time 20200101T000000 ";
  ring.gpg(then + "--passphrase '' --quick-generate-key ivo://a.b/author ed25519 sign never");
  const auto comment = [&](const std::string& document, const std::string& options) {
    const std::string made = signed_by(ring, "ivo://a.b/author", document, options);
    return made.substr(made.find("<!--\n="));
  };
  const std::string good = comment(event, "");
  const std::string expired = comment(event, then + "--default-sig-expire 1d");
  const std::string bad = comment(valid_event("ivo://a.b/c#other"), "");
  for (const std::string& comments : {expired + good, good + expired, bad + expired + good})
    CHECK(found(ring, event + comments).state == SignatureState::good);
  for (const std::string& comments : {expired + bad, bad + expired})
    CHECK(found(ring, event + comments).state == SignatureState::expired);
}

TEST_CASE("a signature of text is bad, and so is one with SHA1") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const SignatureFinding text = found(ring, signed_by(ring, key, event, "--textmode"));
  CHECK(text.state == SignatureState::bad);
  CHECK(text.explanation == "its signature is one of text, not of these bytes");
  const SignatureFinding sha1 = found(ring, signed_by(ring, key, event, "--digest-algo SHA1"));
  CHECK(sha1.state == SignatureState::bad);
  CHECK(sha1.explanation == "its signature is made with SHA1, which is broken");
}

TEST_CASE("of an event without an AuthorIVORN, that is said") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  std::string without = event;
  const std::size_t begin = without.find("<AuthorIVORN>");
  REQUIRE(begin != std::string::npos);
  without.erase(begin, without.find("</AuthorIVORN>") + 14 - begin);
  const SignatureFinding other = found(ring, signed_by(ring, key, without));
  CHECK(other.state == SignatureState::unknown_key);
  CHECK(other.explanation == "the event has no AuthorIVORN, and the key " + key +
                                 " (ivo://a.b/author) is not listed for it");
}

TEST_CASE("the form of 2014 is checked over the declaration and the root") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const DocumentParts parts = *parts_of(event);
  std::string armour =
      ring.armour_of(std::string(parts.declaration) + std::string(parts.root), key);
  std::replace(armour.begin(), armour.end(), '-', '^');
  const std::string document = std::string(parts.declaration) + "\n<!-- a -->\n" +
                               std::string(parts.root) + "\n<!--\n" + armour + "\n-->";
  CHECK(found(ring, document).state == SignatureState::good);
  std::string altered = document;
  altered.replace(altered.find("UTF-8"), 5, "utf-8");
  CHECK(found(ring, altered).state == SignatureState::bad);
}

TEST_CASE("what is no signature of the event's bytes is bad, whatever it is") {
  TestKeyRing ring;
  const std::string key = ring.make_key("ivo://a.b/author");
  const auto with_packets = [](const std::string& body) {
    return event + "<!--=====BEGIN PGP SIGNATURE=====\n\n" + body +
           "\n=====END PGP SIGNATURE=====-->";
  };
  for (const char* body : {"", "wgVhYmNkZQ==", "iHUEABYKAB0=", "wgA="})
    CHECK(found(ring, with_packets(body)).state == SignatureState::bad);
  // A whole signed message of the author's, about something else, is no signature of this event.
  ring.write("message", "other bytes");
  std::string message = ring.gpg("--passphrase '' --local-user " + key +
                                 " --armor --sign --output - " + ring.folder() + "/message");
  message = message.substr(message.find("\n\n") + 2);
  message = message.substr(0, message.find("-----END"));
  CHECK(found(ring, with_packets(message)).state == SignatureState::bad);
  // The signature of another event of the same author.
  const std::string other = signed_by(ring, key, valid_event("ivo://a.b/c#other"));
  CHECK(found(ring, event + other.substr(other.find("<!--\n="))).state == SignatureState::bad);
}

TEST_CASE("who the author is, is read from what is signed") {
  TestKeyRing ring;
  const std::string is_signed = signed_by(ring, ring.make_key("ivo://a.b/author"));
  const SignatureFinding other =
      SignatureCheck({ring.folder()}).check(is_signed, "ivo://a.b/c#other");
  CHECK(other.state == SignatureState::bad);
  CHECK(other.explanation == "its signature is not that of the whole event");
}

TEST_CASE("a key ring that cannot be used is an error that names the option and the folder") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "x";
  CHECK_THROWS_WITH(SignatureCheck({folder.file("none")}),
                    "--keyring: " + folder.file("none") +
                        ": No such file or directory; it must be a GnuPG home folder that this "
                        "account can read");
  CHECK_THROWS_WITH(SignatureCheck({folder.file("file")}), Catch::Contains("Not a directory"));
}

TEST_CASE("where gpg says nothing, the signature is unchecked if there is no gpg, and else bad") {
  TestKeyRing ring;
  const std::string is_signed = signed_by(ring, ring.make_key("ivo://a.b/author"));
  const std::string program = ring.path("program");
  const auto become = [&](const std::string& script) {
    TestKeyRing::write_file(program, "#!/bin/sh\n" + script + "\n");
    ::chmod(program.c_str(), 0700);
  };
  become("exec gpg \"$@\"");
  SignatureCheck check({ring.folder(), {}, program});
  CHECK(check.check(is_signed, ivorn).state == SignatureState::good);
  become("exit 1");
  CHECK(check.check(is_signed, ivorn).state == SignatureState::unchecked);
  become("[ \"$1\" = --version ] && exec gpg --version; exit 1");
  const SignatureFinding silent = check.check(is_signed, ivorn);
  CHECK(silent.state == SignatureState::bad);
  CHECK(silent.explanation == "gpg ended without a word on its signature");
  become("exec gpg \"$@\"");
  CHECK(check.check(is_signed, ivorn).state == SignatureState::good);
}

TEST_CASE("a check that is interrupted is unchecked, and so are all later ones") {
  TestKeyRing ring;
  const std::string is_signed = signed_by(ring, ring.make_key("ivo://a.b/author"));
  SignatureCheck check({ring.folder()});
  check.interrupt();
  CHECK(check.check(is_signed, ivorn).state == SignatureState::unchecked);
  CHECK(check.check(is_signed, ivorn).state == SignatureState::unchecked);
  CHECK(check.check(event, ivorn).state == SignatureState::none);
}

}  // namespace vtp
