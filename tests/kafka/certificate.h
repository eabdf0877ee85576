// Certificates that sign themselves, for servers of tests.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace vtp {

struct Certificate {
  std::string pem;
  std::string key_pem;
};

namespace certificate_detail {

template <auto release>
struct Release {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};

template <class Object, auto release>
using Owned = std::unique_ptr<Object, Release<release>>;

// What `write` writes.
template <class Write>
std::string pem_of(const Write& write) {
  const Owned<BIO, BIO_free> memory(BIO_new(BIO_s_mem()));
  if (!memory || write(memory.get()) != 1) throw std::runtime_error("cannot write PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace certificate_detail

// For a host ("DNS:localhost", "IP:127.0.0.1"), valid from an hour ago for so many seconds from
// now.
inline Certificate make_certificate(const std::string& host, long valid_for = 3600) {
  using namespace certificate_detail;
  const Owned<EVP_PKEY, EVP_PKEY_free> key(EVP_EC_gen("P-256"));
  const Owned<X509, X509_free> certificate(X509_new());
  if (!key || !certificate) throw std::runtime_error("cannot make a key");
  X509* const made = certificate.get();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), valid_for);
  X509_set_pubkey(made, key.get());
  X509_NAME* const name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> hosts(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, host.c_str()));
  if (!hosts || X509_add_ext(made, hosts.get(), -1) != 1 ||
      X509_sign(made, key.get(), EVP_sha256()) == 0)
    throw std::runtime_error("cannot make a certificate");
  return {pem_of([&](BIO* to) { return PEM_write_bio_X509(to, made); }), pem_of([&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace vtp
