// Certificates: whose they are, fingerprints of their keys, and making a self-signed one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

struct x509_st;

namespace vtp {

// The certificate by which a peer showed over TLS who it is.
struct PeerCertificate {
  std::string fingerprint;  // of its public key: "sha256:" and 64 lower-case hex digits
  std::string subject;      // as in RFC 4514: "CN=telescope,O=Observatory"
  std::vector<std::string>
      names;                 // its subjectAltNames: host names, addresses, mail addresses, URIs
  bool is_verified = false;  // by an authority that the program trusts, and valid now
};

// "sha256:" and the SHA-256, in lower-case hex, of its SubjectPublicKeyInfo (RFC 5280, section 4.1),
// which stays the same when a certificate is renewed for the same key. Throws std::bad_alloc.
[[nodiscard]] std::string fingerprint_of(x509_st* certificate);

[[nodiscard]] PeerCertificate described(x509_st* certificate, bool is_verified);

// When it ends.
[[nodiscard]] Time end_of(const x509_st* certificate);

// A fingerprint as people write it: the 64 digits may be in upper case, with a colon after every
// second one. Returns the form of fingerprint_of().
[[nodiscard]] Result<std::string> parse_fingerprint(std::string_view text);

// The fingerprint of the first certificate in a PEM file. Throws std::runtime_error, with one line.
[[nodiscard]] std::string fingerprint_in(const std::string& file);

// Makes a key (ECDSA, P-256) and a certificate that it signs itself, for the host, valid for ten
// years from now, and writes both to a new file that nobody else can read. Throws
// std::runtime_error, with one line, also if the file exists.
void make_identity_file(const std::string& file, const std::string& host, Time now);

}  // namespace vtp
