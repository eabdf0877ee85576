#include <optional>
#include <sys/stat.h>

#include <openssl/ssl.h>

#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/tls/tls_pair.h"

// Whom a client trusts, and what a server learns of a client.
namespace vtp {
namespace {

TlsServer server_with(const std::string& file) {
  return TlsServer({.certificate = file, .key = file, .client_authorities = {}});
}

TlsClient client_of(const CertificateFolder& folder) {
  return TlsClient({.authorities = folder.authority(), .pins = {}, .certificate = {}, .key = {}});
}

TlsClient pinning(std::vector<std::string> pins) {
  return TlsClient({.authorities = {}, .pins = std::move(pins), .certificate = {}, .key = {}});
}

// Why the client breaks off the handshake.
std::string problem_at(const TlsServer& server, const TlsClient& client,
                       const std::string& host = "localhost") {
  TlsPair pair(server, client, host);
  if (pair.shake()) return "none";
  CHECK(pair.server->problem() == "TLS: the peer does not accept our certificate");
  return pair.client->problem();
}

}  // namespace

TEST_CASE("a certificate of a known authority is trusted, for its names and addresses") {
  CertificateFolder folder;
  const TlsServer server = server_with(folder.issue("s"));
  const TlsClient client = client_of(folder);
  CHECK(problem_at(server, client) == "none");
  CHECK(problem_at(server, client, "127.0.0.1") == "none");
  CHECK(problem_at(server, client, "example.org") ==
        "TLS: the certificate of example.org:8098 is not trusted: hostname mismatch");
  CHECK(problem_at(server, client, "127.0.0.2") ==
        "TLS: the certificate of 127.0.0.2:8098 is not trusted: IP address mismatch");
}

TEST_CASE("a certificate is trusted only while it is valid") {
  CertificateFolder folder;
  const TlsClient client = client_of(folder);
  CertificateWish wish;
  wish.begins = -std::chrono::hours(2);
  wish.ends = -std::chrono::hours(1);
  CHECK(problem_at(server_with(folder.issue("old", wish)), client) ==
        "TLS: the certificate of localhost:8098 is not trusted: certificate has expired");
  wish.begins = std::chrono::hours(1);
  wish.ends = std::chrono::hours(2);
  CHECK(problem_at(server_with(folder.issue("new", wish)), client) ==
        "TLS: the certificate of localhost:8098 is not trusted: certificate is not yet valid");
}

TEST_CASE("for an unknown certificate, the problem says how to pin its key") {
  CertificateFolder folder;
  const std::string file = folder.self_signed("s");
  const std::string pin = fingerprint_in(file);
  CHECK(problem_at(server_with(file), client_of(folder)) ==
        "TLS: the certificate of localhost:8098 is not trusted: self-signed certificate; if this "
        "is its key, use --tls-pin=" +
            pin);
  CertificateFolder other;
  const std::string issued = folder.issue("t");
  CHECK(problem_at(server_with(issued), client_of(other)) ==
        "TLS: the certificate of localhost:8098 is not trusted: unable to get local issuer "
        "certificate; if this is its key, use --tls-pin=" +
            fingerprint_in(issued));
}

TEST_CASE("a pinned key is trusted in any certificate, and no other key is") {
  CertificateFolder folder;
  CertificateWish wish;
  wish.names = "DNS:elsewhere";
  wish.ends = -std::chrono::minutes(1);
  const std::string file = folder.self_signed("s", wish);
  const std::string pin = fingerprint_in(file);
  const std::string other = fingerprint_in(folder.issue("other"));
  CHECK(problem_at(server_with(file), pinning({pin})) == "none");
  CHECK(problem_at(server_with(file), pinning({other, pin})) == "none");
  CHECK(problem_at(server_with(file), pinning({other})) ==
        "TLS: the key of localhost:8098 is " + pin + ", not " + other + " (--tls-pin)");
}

TEST_CASE("a server learns what certificate a client has, if it asks") {
  CertificateFolder folder;
  const std::string file = folder.issue("s");
  const auto seen = [&](bool asks, bool has_authorities, std::optional<std::string> certificate) {
    TlsServerOptions options{
        .certificate = file, .key = file, .asks_for_certificate = asks, .client_authorities = {}};
    if (has_authorities) options.client_authorities = folder.authority();
    const TlsServer server(options);
    const TlsClient client({.authorities = folder.authority(),
                            .pins = {},
                            .certificate = std::move(certificate),
                            .key = {}});
    TlsPair pair(server, client);
    REQUIRE(pair.shake());
    return pair.server->peer_certificate();
  };
  const std::string issued = folder.issue(
      "c", {.name = "telescope", .names = "DNS:t.example,URI:ivo://t.example/a,email:a@t.example"});
  const std::string own = folder.self_signed("own", {.name = "telescope"});
  CHECK(seen(false, false, issued) == nullptr);
  CHECK(seen(true, true, std::nullopt) == nullptr);

  const auto known = seen(false, true, issued);
  REQUIRE(known);
  CHECK(known->is_verified);
  CHECK(known->fingerprint == fingerprint_in(issued));
  CHECK(known->subject == "CN=telescope");
  CHECK(known->names == std::vector<std::string>{"t.example", "ivo://t.example/a", "a@t.example"});

  for (const bool has_authorities : {false, true}) {
    const auto unknown = seen(true, has_authorities, own);
    REQUIRE(unknown);
    CHECK_FALSE(unknown->is_verified);
    CHECK(unknown->fingerprint == fingerprint_in(own));
    CHECK(unknown->names == std::vector<std::string>{"localhost", "127.0.0.1"});
  }
  CHECK_FALSE(seen(true, false, issued)->is_verified);
  const std::string expired = folder.issue("e", {.ends = -std::chrono::minutes(1)});
  CHECK_FALSE(seen(true, true, expired)->is_verified);
}

TEST_CASE("a session is continued, each ticket once, until the server reads its key again") {
  CertificateFolder folder;
  const std::string file = folder.issue("s");
  TlsServer server({.certificate = file,
                    .key = file,
                    .asks_for_certificate = true,
                    .client_authorities = folder.authority()});
  const std::string own = folder.issue("c");
  const TlsClient client(
      {.authorities = folder.authority(), .pins = {}, .certificate = own, .key = {}});
  const auto resumes = [&](const std::string& host) {
    TlsPair pair(server, client, host);
    REQUIRE(pair.shake());
    CHECK(pair.client->is_resumed() == pair.server->is_resumed());
    const auto certificate = pair.server->peer_certificate();
    REQUIRE(certificate);
    CHECK(certificate->fingerprint == fingerprint_in(own));
    CHECK(certificate->is_verified);
    return pair.client->is_resumed();
  };
  CHECK_FALSE(resumes("localhost"));
  CHECK(resumes("localhost"));
  CHECK(resumes("localhost"));
  CHECK_FALSE(resumes("127.0.0.1"));
  server.read_again();
  CHECK_FALSE(resumes("localhost"));
  CHECK(resumes("localhost"));
}

TEST_CASE("a server has a new certificate once it has read it again, and keeps the old one else") {
  CertificateFolder folder;
  const std::string file = folder.issue("s");
  TlsServer server = server_with(file);
  const TlsClient client = client_of(folder);
  const std::string first = server.fingerprint();
  CHECK(first == fingerprint_in(file));
  TlsPair lasting(server, client);
  REQUIRE(lasting.shake());

  folder.issue("s", {.ends = std::chrono::hours(100)});
  server.read_again();
  CHECK(server.fingerprint() == fingerprint_in(file));
  CHECK(server.fingerprint() != first);
  CHECK(server.end() > Clock().now() + std::chrono::hours(99));
  CHECK(server.end() <= Clock().now() + std::chrono::hours(100));
  CHECK(problem_at(server, client) == "none");
  CHECK(lasting.pass("on") == "on");

  const std::string second = server.fingerprint();
  std::ofstream(file) << "nonsense";
  CHECK_THROWS_WITH(server.read_again(), "cannot use the certificate in " + file + ": it has none");
  CHECK(server.fingerprint() == second);
  CHECK(problem_at(server, client) == "none");
}

TEST_CASE("a client shows a new certificate once it has read it again") {
  CertificateFolder folder;
  const std::string file = folder.issue("s");
  const TlsServer server(
      {.certificate = file, .key = file, .asks_for_certificate = true, .client_authorities = {}});
  const std::string own = folder.issue("c");
  TlsClient client({.authorities = folder.authority(), .pins = {}, .certificate = own, .key = {}});
  const auto seen = [&] {
    TlsPair pair(server, client);
    REQUIRE(pair.shake());
    return pair.server->peer_certificate()->fingerprint;
  };
  CHECK(seen() == fingerprint_in(own));
  folder.issue("c");
  CHECK(seen() != fingerprint_in(own));
  client.read_again();
  CHECK(seen() == fingerprint_in(own));
}

TEST_CASE("files that cannot be used are named, with the reason") {
  CertificateFolder folder;
  const std::string file = folder.issue("s");
  const std::string other = folder.issue("other");
  std::ofstream(folder.path("certificate"))
      << content(file).substr(0, content(file).find("-----BEGIN P"));
  const std::string secret = folder.issue("secret", {.passphrase = "secret"});
  const auto problem = [](std::string certificate, std::string key) -> std::string {
    try {
      const TlsServer server(
          {.certificate = std::move(certificate), .key = std::move(key), .client_authorities = {}});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  };
  CHECK(problem(file, file) == "none");
  CHECK(problem("/nonexistent", file) ==
        "cannot use the certificate in /nonexistent: No such file or directory");
  CHECK(problem(file, "/nonexistent") ==
        "cannot use the key in /nonexistent: No such file or directory");
  CHECK(problem(folder.authority(), folder.path("certificate")) ==
        "cannot use the key in " + folder.path("certificate") + ": it has none");
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  for (const std::string& none : {folder.path("pipe"), std::string("/dev/zero")}) {
    CHECK(problem(none, file) == none + " is not a regular file, so it cannot be read again");
    CHECK(problem(file, none) == none + " is not a regular file, so it cannot be read again");
    CHECK_THROWS_WITH(fingerprint_in(none),
                      none + " is not a regular file, so it cannot be read again");
  }
  CHECK(problem(file, other) ==
        "cannot use the key in " + other + ": it does not belong to the certificate");
  CHECK(problem(secret, secret) == "cannot use the key in " + secret +
                                       ": it is protected by a passphrase; remove that with "
                                       "openssl pkey");
  std::ofstream(folder.path("empty"));
  CHECK_THROWS_WITH(
      TlsClient({.authorities = folder.path("empty"), .pins = {}, .certificate = {}, .key = {}}),
      "cannot use the certificates in " + folder.path("empty") + ": it has none");
}

TEST_CASE("TLS 1.1 is refused, with a reason on both sides") {
  CertificateFolder folder;
  const TlsServer server = server_with(folder.issue("s"));
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
  const auto ours = server.accept(ends[0]);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(context, TLS1_1_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  SSL_CTX_set_security_level(context, 0);
  SSL* const stream = SSL_new(context);
  SSL_set_fd(stream, ends[1]);
  {
    TlsStream theirs(stream, nullptr);
    SSL_set_connect_state(stream);
    CHECK(theirs.handshake() == TlsStep::wants_read);
    CHECK(ours->handshake() == TlsStep::failed);
    CHECK(theirs.handshake() == TlsStep::failed);
    CHECK(ours->problem() == "TLS: no version of TLS in common; 1.2 or 1.3 is needed");
    CHECK(theirs.problem() == ours->problem());
  }
  SSL_CTX_free(context);
  for (const int end : ends)
    ::close(end);
}

TEST_CASE("an end that was told is an end, and so is one that was not") {
  CertificateFolder folder;
  const TlsServer server = server_with(folder.issue("s"));
  const TlsClient client = client_of(folder);
  std::array<char, 10> room{};
  TlsPair told(server, client);
  REQUIRE(told.shake());
  CHECK(told.client->is_quiet());
  CHECK(told.client->read(room).step == TlsStep::wants_read);
  told.server->close();
  CHECK_FALSE(told.client->is_quiet());
  CHECK(told.client->read(room).step == TlsStep::closed);
}

}  // namespace vtp
