#include "tests/support/certificates.h"

#include <atomic>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/tls/openssl.h"

namespace vtp {
namespace {

using namespace openssl;

void require(bool done) {
  if (!done) throw std::runtime_error("cannot make a certificate: " + last_error());
}

void add(X509* certificate, int what, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()));
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

CertificatePtr made(const CertificateWish& wish, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                    bool is_authority) {
  static std::atomic<long> serial{1};
  CertificatePtr made(X509_new());
  X509* const it = made.get();
  require(it && X509_set_version(it, X509_VERSION_3) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(it), serial++);
  const std::time_t now = std::time(nullptr);
  ASN1_TIME_set(X509_getm_notBefore(it), now + wish.begins.count());
  ASN1_TIME_set(X509_getm_notAfter(it), now + wish.ends.count());
  const auto* name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(it), "CN", MBSTRING_UTF8, name, -1, -1,
                                     0) == 1);
  X509_set_issuer_name(it, X509_get_subject_name(issuer ? issuer : it));
  X509_set_pubkey(it, key);
  if (is_authority) add(it, NID_basic_constraints, "critical,CA:TRUE");
  if (!is_authority && !wish.names.empty()) add(it, NID_subject_alt_name, wish.names);
  require(X509_sign(it, issuer_key ? issuer_key : key, EVP_sha256()) > 0);
  return made;
}

void write(const std::string& file, X509* certificate, EVP_PKEY* key,
           const std::string& passphrase) {
  std::remove(file.c_str());
  const FilePtr out(BIO_new_file(file.c_str(), "w"));
  require(out && PEM_write_bio_X509(out.get(), certificate) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(passphrase.c_str());
  const int size = static_cast<int>(passphrase.size());
  require(PEM_write_bio_PrivateKey(out.get(), key, size > 0 ? EVP_aes_128_cbc() : nullptr,
                                   size > 0 ? bytes : nullptr, size, nullptr, nullptr) == 1);
}

}  // namespace

struct CertificateFolder::Authority {
  KeyPtr key{EVP_EC_gen("P-256")};
  // Each with another name, by which it is found.
  static CertificateWish wish() {
    static std::atomic<int> number{1};
    return {.name = "authority " + std::to_string(number++)};
  }
  CertificatePtr certificate{made(wish(), key.get(), nullptr, nullptr, true)};
};

CertificateFolder::CertificateFolder() : authority_(std::make_unique<Authority>()) {
  write(authority(), authority_->certificate.get(), authority_->key.get(), "");
}

CertificateFolder::~CertificateFolder() = default;

std::string CertificateFolder::issue(const std::string& file, const CertificateWish& wish) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate =
      made(wish, key.get(), authority_->certificate.get(), authority_->key.get(), false);
  write(path(file), certificate.get(), key.get(), wish.passphrase);
  return path(file);
}

std::string CertificateFolder::self_signed(const std::string& file, const CertificateWish& wish) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate = made(wish, key.get(), nullptr, nullptr, false);
  write(path(file), certificate.get(), key.get(), wish.passphrase);
  return path(file);
}

}  // namespace vtp
