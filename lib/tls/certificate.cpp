#include "lib/tls/certificate.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/base/descriptor.h"
#include "lib/base/new_file.h"
#include "lib/tls/openssl.h"

namespace vtp {
namespace {

using namespace openssl;

constexpr std::string_view prefix = "sha256:";
constexpr std::size_t digits = 64;
constexpr std::string_view hex = "0123456789abcdef";
constexpr std::chrono::days life_of_own{3652};
// Before now, since the clocks of two sites differ.
constexpr std::chrono::days begins_before{1};

// A name with control characters is left out: it could pass for another one.
std::optional<std::string> text_in(const ASN1_STRING* string) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  std::string text(bytes, static_cast<std::size_t>(ASN1_STRING_length(string)));
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= 0x20; }))
    return std::nullopt;
  return text;
}

std::optional<std::string> address_in(const ASN1_STRING* string) {
  const int length = ASN1_STRING_length(string);
  if (length != 4 && length != 16) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(string), text.data(),
              text.size());
  return std::string(text.data());
}

std::optional<std::string> text_of(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return text_in(name->d.dNSName);
    case GEN_EMAIL:
      return text_in(name->d.rfc822Name);
    case GEN_URI:
      return text_in(name->d.uniformResourceIdentifier);
    case GEN_IPADD:
      return address_in(name->d.iPAddress);
    default:
      return std::nullopt;
  }
}

std::vector<std::string> names_in(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> all(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i)
    if (auto text = text_of(sk_GENERAL_NAME_value(all.get(), i))) names.push_back(*std::move(text));
  return names;
}

std::string subject_of(const X509* certificate) {
  const FilePtr text(BIO_new(BIO_s_mem()));
  if (!text) throw std::bad_alloc();
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::runtime_error cannot_make(const std::string& file, const std::string& why) {
  return std::runtime_error(fmt::format("cannot make {}: {}", file, why));
}

// Whose certificate it is, and for which host.
bool name_host(X509* certificate, const std::string& host) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(host.data());
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> names(X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, fmt::format("DNS:{}", host).c_str()));
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, static_cast<int>(host.size()),
                                    -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && names &&
         X509_add_ext(certificate, names.get(), -1) == 1;
}

CertificatePtr self_signed(EVP_PKEY* key, const std::string& host, Time now) {
  CertificatePtr certificate(X509_new());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto at = [&](auto shift) {
    return static_cast<time_t>((seconds + shift).time_since_epoch().count());
  };
  const bool made = certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    ASN1_INTEGER_set_uint64(
                        X509_get_serialNumber(certificate.get()),
                        static_cast<std::uint64_t>(seconds.time_since_epoch().count())) == 1 &&
                    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), at(-begins_before)) &&
                    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), at(life_of_own)) &&
                    X509_set_pubkey(certificate.get(), key) == 1 &&
                    name_host(certificate.get(), host) &&
                    X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

}  // namespace

std::string fingerprint_of(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size < 0) throw std::bad_alloc();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const bool done = EVP_Digest(encoded, static_cast<std::size_t>(size), digest.data(), &length,
                               EVP_sha256(), nullptr) == 1;
  OPENSSL_free(encoded);
  if (!done) throw std::bad_alloc();
  std::string text(prefix);
  for (const unsigned char byte : std::span(digest).first(length)) {
    text += hex[byte >> 4];
    text += hex[byte & 0xF];
  }
  return text;
}

PeerCertificate described(X509* certificate, bool is_verified) {
  return {fingerprint_of(certificate), subject_of(certificate), names_in(certificate), is_verified};
}

Time end_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  return Time(std::chrono::seconds(::timegm(&end)));
}

Result<std::string> parse_fingerprint(std::string_view text) {
  const auto not_one = [text] {
    return Problem{fmt::format("{} is not a fingerprint: sha256: and 64 hexadecimal digits", text)};
  };
  if (!text.starts_with(prefix)) return not_one();
  std::string found(prefix);
  for (const char c : text.substr(prefix.size())) {
    if (c == ':' && (found.size() - prefix.size()) % 2 == 0) continue;
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (hex.find(lower) == std::string_view::npos) return not_one();
    found += lower;
  }
  if (found.size() != prefix.size() + digits) return not_one();
  return found;
}

std::string fingerprint_in(const std::string& file) {
  require_regular(file);
  ERR_clear_error();
  const FilePtr input(BIO_new_file(file.c_str(), "r"));
  const CertificatePtr certificate(input ? PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)
                                         : nullptr);
  if (!certificate)
    throw std::runtime_error(
        fmt::format("cannot read a certificate in {}: {}", file, last_error()));
  return fingerprint_of(certificate.get());
}

void make_identity_file(const std::string& file, const std::string& host, Time now) {
  ERR_clear_error();
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate = key ? self_signed(key.get(), host, now) : nullptr;
  const FilePtr text(BIO_new(BIO_s_mem()));
  if (!certificate || !text ||
      PEM_write_bio_PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(text.get(), certificate.get()) != 1)
    throw cannot_make(file, last_error());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);

  const Descriptor output(open_file(file, O_WRONLY | O_CREAT | O_EXCL, 0600));
  if (output.get() < 0) throw cannot_make(file, std::strerror(errno));
  const ssize_t written = ::write(output.get(), bytes, static_cast<std::size_t>(size));
  const int error = written < 0 ? errno : ENOSPC;
  if (written == size && ::fsync(output.get()) == 0) return;
  ::unlink(file.c_str());
  throw cannot_make(file, std::strerror(error));
}

}  // namespace vtp
