#include "lib/tls/certificate.h"

#include <cctype>
#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/certificates.h"

namespace vtp {
namespace {

const std::string digits = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("a fingerprint may be written in upper case, and with colons") {
  CHECK(*parse_fingerprint("sha256:" + digits) == "sha256:" + digits);
  std::string with_colons = "sha256:";
  for (std::size_t i = 0; i < digits.size(); i += 2)
    with_colons += (i > 0 ? ":" : "") + digits.substr(i, 2);
  CHECK(*parse_fingerprint(with_colons) == "sha256:" + digits);
  std::string upper = digits;
  for (char& c : upper)
    c = static_cast<char>(std::toupper(c));
  CHECK(*parse_fingerprint("sha256:" + upper) == "sha256:" + digits);
}

TEST_CASE("what is not a fingerprint is refused") {
  for (const std::string& text :
       {std::string(), digits, std::string("sha256:"), "sha256:" + digits + "0",
        "sha256:" + digits.substr(1), "sha256:" + digits.substr(1) + "g", "sha1:" + digits,
        "SHA256:" + digits, "sha256:0:" + digits.substr(1)}) {
    CAPTURE(text);
    const auto parsed = parse_fingerprint(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.problem() == text + " is not a fingerprint: sha256: and 64 hexadecimal digits");
  }
}

TEST_CASE("a made identity is for its owner only, and is never overwritten") {
  const TemporaryFolder folder;
  const std::string file = folder.file("broker.pem");
  make_identity_file(file, "broker.example", Clock().now());
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));
  const std::string before = content(file);
  CHECK(before.find("BEGIN PRIVATE KEY") != std::string::npos);
  CHECK_THROWS_WITH(make_identity_file(file, "broker.example", Clock().now()),
                    "cannot make " + file + ": File exists");
  CHECK(content(file) == before);
  CHECK(parse_fingerprint(fingerprint_in(file)));
  CHECK_THROWS_WITH(make_identity_file("/nonexistent/a", "a", Clock().now()),
                    "cannot make /nonexistent/a: No such file or directory");
}

TEST_CASE("the fingerprint is that of the key, not of the certificate") {
  CertificateFolder folder;
  const std::string first = fingerprint_in(folder.issue("a"));
  CHECK(first != fingerprint_in(folder.issue("b")));
  CHECK(first == fingerprint_in(folder.path("a")));
}

TEST_CASE("a file without a certificate is told from one that is not there") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("empty"));
  CHECK_THROWS_WITH(fingerprint_in(folder.file("empty")),
                    "cannot read a certificate in " + folder.file("empty") + ": it has none");
  CHECK_THROWS_WITH(fingerprint_in("/nonexistent"),
                    "cannot read a certificate in /nonexistent: No such file or directory");
}

}  // namespace vtp
