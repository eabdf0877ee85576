#include "lib/cli/tls_options.h"

#include <exception>
#include <string>

#include <fmt/format.h>

#include "lib/base/input_file.h"
#include "lib/base/secret.h"
#include "lib/tls/certificate.h"

namespace vtp {
namespace {

// Runs what reads files.
template <class Make>
auto made(Make make) {
  try {
    return make();
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("TLS: {}", error.what()));
  }
}

void refuse(const CommandLine& line, std::initializer_list<const char*> options) {
  for (const char* const option : options)
    if (line.text(option))
      throw UsageError(
          fmt::format("--{} needs an endpoint with TLS, such as tls:HOST:PORT", option));
}

}  // namespace

Option tls_ca_option() {
  return {
      "tls-ca", "FILE",
      "certificates of the authorities that tls: endpoints are trusted by (default: those of the "
      "system)",
      ""};
}

Option tls_pin_option() {
  return {"tls-pin", "sha256:HEX",
          "trust tls: endpoints with this key, and no others; in place of authorities", "",
          Values::many};
}

Option tls_cert_option() {
  return {"tls-cert", "FILE", "own certificate, with those up to its authority, in PEM", ""};
}

Option tls_key_option() {
  return {"tls-key", "FILE", "key of the own certificate, in PEM (default: in --tls-cert)", ""};
}

std::shared_ptr<TlsClient> tls_client_in(const CommandLine& line, bool is_used) {
  TlsClientOptions options;
  options.authorities = line.text("tls-ca");
  options.pins = line.values("tls-pin", parse_fingerprint);
  options.certificate = line.text("tls-cert");
  options.key = line.text("tls-key");
  if (options.key && !options.certificate) throw UsageError("--tls-key needs --tls-cert");
  if (options.authorities && !options.pins.empty())
    throw UsageError("--tls-pin is in place of authorities: it cannot be used with --tls-ca");
  if (!is_used) return nullptr;
  return made([&] { return std::make_shared<TlsClient>(options); });
}

std::shared_ptr<TlsServer> tls_server_in(const CommandLine& line, bool is_used,
                                         bool asks_for_certificate) {
  if (!is_used) return nullptr;
  const auto certificate = line.text("tls-cert");
  if (!certificate)
    throw UsageError(
        "to listen at a tls: endpoint needs --tls-cert=FILE; sendvo --tls-fingerprint FILE makes a "
        "certificate and its key");
  TlsServerOptions options;
  options.certificate = *certificate;
  options.key = line.text("tls-key").value_or(*certificate);
  options.asks_for_certificate = asks_for_certificate;
  options.client_authorities = line.text("tls-client-ca");
  return made([&] { return std::make_shared<TlsServer>(options); });
}

void guard_tls_key(const CommandLine& line, const Diagnostics& diagnostics) {
  const auto certificate = line.text("tls-cert");
  if (!certificate) return;
  keep_memory_secret();
  if (const auto warning = warning_of_readable_secret(line.text("tls-key").value_or(*certificate)))
    diagnostics.warning("{}", *warning);
}

void refuse_unused_tls(const CommandLine& line, bool client_is_used, bool server_is_used) {
  if (!client_is_used) refuse(line, {"tls-ca", "tls-pin"});
  if (!server_is_used) refuse(line, {"tls-client-ca", "tls-timeout"});
  if (!client_is_used && !server_is_used) refuse(line, {"tls-cert", "tls-key"});
}

void check_tls_access(const CommandLine& line, const Diagnostics& diagnostics) {
  for (const char* const option : {"tls-cert", "tls-key", "tls-client-ca", "tls-ca"})
    if (const auto file = line.text(option))
      if (const auto warning = warning_of_unreadable(*file)) diagnostics.warning("{}", *warning);
}

}  // namespace vtp
