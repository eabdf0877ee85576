// Owners of OpenSSL's objects, and its errors as text; for this room's own use.
#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace vtp::openssl {

template <auto free>
struct Free {
  template <class Object>
  void operator()(Object* object) const {
    free(object);
  }
};

using ContextPtr = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using FilePtr = std::unique_ptr<BIO, Free<BIO_free_all>>;

// What OpenSSL said last on this thread, for people; empties its queue of errors.
[[nodiscard]] std::string last_error();

// Throws std::runtime_error, with one line, if the file is there and is none that can be read again,
// and at once: a pipe could block for ever.
void require_regular(const std::string& file);

// A context for TLS 1.2 and 1.3 with the library's default ciphers and groups, whose streams use
// little memory while they are idle. Throws std::bad_alloc.
[[nodiscard]] ContextPtr make_context(const SSL_METHOD* method);

// Loads a chain of certificates and its key. Throws std::runtime_error, with one line.
void load_identity(SSL_CTX* context, const std::string& certificate_file,
                   const std::string& key_file);

// Trusts the authorities in the file. Throws std::runtime_error, with one line.
void load_authorities(SSL_CTX* context, const std::string& file);

}  // namespace vtp::openssl
