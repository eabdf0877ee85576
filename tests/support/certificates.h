// Certificates for tests, made on the fly: an authority, and what it or nobody signs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "tests/support/temporary.h"

namespace vtp {

// What a certificate says. The times are relative to now.
struct CertificateWish {
  std::string name = "test";                         // its CN
  std::string names = "DNS:localhost,IP:127.0.0.1";  // its subjectAltNames; empty: none
  std::chrono::seconds begins = -std::chrono::hours(1);
  std::chrono::seconds ends = std::chrono::hours(24);
  std::string passphrase{};  // of the key; empty: none
};

class CertificateFolder {
 public:
  CertificateFolder();
  ~CertificateFolder();

  // The file of the authority's certificate.
  [[nodiscard]] std::string authority() const { return folder_.file("authority.pem"); }

  // New files in the folder with a key, and a certificate for it: signed by the authority, or by the
  // key itself. An existing file is replaced.
  std::string issue(const std::string& file, const CertificateWish& wish = {});
  std::string self_signed(const std::string& file, const CertificateWish& wish = {});

  [[nodiscard]] std::string path(const std::string& file) const { return folder_.file(file); }

 private:
  struct Authority;
  TemporaryFolder folder_;
  std::unique_ptr<Authority> authority_;
};

}  // namespace vtp
