#include "lib/tls/openssl.h"

#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>
#include <openssl/err.h>

namespace vtp::openssl {
namespace {

// In place of OpenSSL's own, which asks for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

// Those that files cause; empty: another error.
std::string plainly(unsigned long error) {
  if (ERR_SYSTEM_ERROR(error)) return std::strerror(ERR_GET_REASON(error));
  const auto is = [error](int library, int reason) {
    return ERR_GET_LIB(error) == library && ERR_GET_REASON(error) == reason;
  };
  if (is(ERR_LIB_PEM, PEM_R_NO_START_LINE) ||
      is(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND) ||
      is(ERR_LIB_OSSL_DECODER, ERR_R_UNSUPPORTED))
    return "it has none";
  // That is what no_passphrase() causes.
  if (ERR_GET_REASON(error) == ERR_R_INTERRUPTED_OR_CANCELLED ||
      is(ERR_LIB_PEM, PEM_R_BAD_PASSWORD_READ))
    return "it is protected by a passphrase; remove that with openssl pkey";
  if (is(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH)) return "it does not belong to the certificate";
  return "";
}

std::runtime_error cannot_use(const char* what, const std::string& file) {
  return std::runtime_error(fmt::format("cannot use the {} in {}: {}", what, file, last_error()));
}

}  // namespace

std::string last_error() {
  // The first error is the cause, and the last one the furthest consequence.
  const unsigned long first = ERR_peek_error();
  const unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  for (const unsigned long error : {first, last})
    if (const auto text = plainly(error); !text.empty()) return text;
  const char* const text = ERR_reason_error_string(first);
  return text ? text : fmt::format("error {:#x} of OpenSSL", first);
}

void require_regular(const std::string& file) {
  std::error_code none;
  if (std::filesystem::exists(file, none) && !std::filesystem::is_regular_file(file, none))
    throw std::runtime_error(file + " is not a regular file, so it cannot be read again");
}

ContextPtr make_context(const SSL_METHOD* method) {
  ContextPtr context(SSL_CTX_new(method));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Frames say how long they are, so that an end without close_notify can hide nothing.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one system call for a record, not two
  SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
  return context;
}

void load_identity(SSL_CTX* context, const std::string& certificate_file,
                   const std::string& key_file) {
  require_regular(certificate_file);
  require_regular(key_file);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    throw cannot_use("certificate", certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    throw cannot_use("key", key_file);
}

void load_authorities(SSL_CTX* context, const std::string& file) {
  require_regular(file);
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1)
    throw cannot_use("certificates", file);
}

}  // namespace vtp::openssl
