#include "lib/tls/client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <mutex>
#include <new>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/x509v3.h>

#include "lib/tls/openssl.h"

namespace vtp {
namespace {

using openssl::SessionPtr;

bool is_address(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

// Whoever knows the key by other means can pin it.
bool may_be_pinned(int error) {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return true;
    default:
      return false;
  }
}

std::string untrusted(const std::string& peer, int error, const std::string& fingerprint) {
  return fmt::format(
      "the certificate of {} is not trusted: {}{}", peer, X509_verify_cert_error_string(error),
      may_be_pinned(error) ? fmt::format("; if this is its key, use --tls-pin={}", fingerprint)
                           : std::string());
}

}  // namespace

struct TlsClient::Context {
  openssl::ContextPtr context = openssl::make_context(TLS_client_method());
  std::vector<std::string> pins;
  std::mutex mutex;  // guards the sessions
  std::unordered_map<std::string, std::vector<SessionPtr>> sessions;

  [[nodiscard]] bool trusts(X509_STORE_CTX* store) const;
  static int check_certificate(X509_STORE_CTX* store, void* self);
  static int keep_session(SSL* stream, SSL_SESSION* session);
  SessionPtr take_session(const std::string& peer);
};

bool TlsClient::Context::trusts(X509_STORE_CTX* store) const {
  auto* const stream =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const std::string seen = fingerprint_of(X509_STORE_CTX_get0_cert(store));
  TlsStream& ours = TlsStream::of(stream);
  if (pins.empty()) {
    if (X509_verify_cert(store) == 1) return true;
    ours.certificate_problem(untrusted(ours.peer(), X509_STORE_CTX_get_error(store), seen));
    return false;
  }
  const bool pinned = std::ranges::find(pins, seen) != pins.end();
  X509_STORE_CTX_set_error(store, pinned ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  if (!pinned)
    ours.certificate_problem(fmt::format("the key of {} is {}, not {} (--tls-pin)", ours.peer(),
                                         seen, fmt::join(pins, " or ")));
  return pinned;
}

// As the callback of SSL_CTX_set_cert_verify_callback: 1 trusts the peer. Nothing may be thrown
// through OpenSSL.
int TlsClient::Context::check_certificate(X509_STORE_CTX* store, void* self) {
  try {
    return static_cast<const Context*>(self)->trusts(store) ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

// As the callback of SSL_CTX_sess_set_new_cb: 1 keeps the session.
int TlsClient::Context::keep_session(SSL* stream, SSL_SESSION* session) try {
  auto& self = *static_cast<Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(stream)));
  const std::lock_guard lock(self.mutex);
  auto& kept = self.sessions[TlsStream::of(stream).peer()];
  if (kept.size() >= most_sessions) kept.erase(kept.begin());
  kept.emplace_back(session);
  return 1;
} catch (const std::bad_alloc&) {
  return 0;
}

// A ticket of TLS 1.3 is for one connection (RFC 8446, appendix C.4).
SessionPtr TlsClient::Context::take_session(const std::string& peer) {
  const std::lock_guard lock(mutex);
  const auto found = sessions.find(peer);
  if (found == sessions.end() || found->second.empty()) return nullptr;
  SessionPtr& last = found->second.back();
  if (SSL_SESSION_get_protocol_version(last.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(last.get());
    return SessionPtr(last.get());
  }
  SessionPtr taken = std::move(last);
  found->second.pop_back();
  return taken;
}

TlsClient::TlsClient(TlsClientOptions options)
    : options_(std::move(options)), context_(load(options_)) {}

void TlsClient::read_again() { context_.set(load(options_)); }

std::shared_ptr<TlsClient::Context> TlsClient::load(const TlsClientOptions& options) {
  auto made = std::make_shared<Context>();
  SSL_CTX* const context = made->context.get();
  made->pins = options.pins;
  if (options.authorities)
    openssl::load_authorities(context, *options.authorities);
  else
    SSL_CTX_set_default_verify_paths(context);
  if (options.certificate)
    openssl::load_identity(context, *options.certificate,
                           options.key.value_or(*options.certificate));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Context::check_certificate, made.get());
  SSL_CTX_set_app_data(context, made.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, Context::keep_session);
  return made;
}

std::unique_ptr<TlsStream> TlsClient::connect(int descriptor, const std::string& host,
                                              std::uint16_t port) const {
  const auto current = context_.get();
  SSL* const stream = SSL_new(current->context.get());
  if (!stream) throw std::bad_alloc();
  const std::string peer = fmt::format("{}:{}", host, port);
  auto made = std::make_unique<TlsStream>(stream, current, peer);
  bool ready = SSL_set_fd(stream, descriptor) == 1;
  if (is_address(host))
    ready = ready && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream), host.c_str()) == 1;
  else
    ready = ready && SSL_set1_host(stream, host.c_str()) == 1 &&
            SSL_set_tlsext_host_name(stream, host.c_str()) == 1;
  if (!ready) throw std::bad_alloc();
  if (const SessionPtr session = current->take_session(peer))
    SSL_set_session(stream, session.get());
  SSL_set_connect_state(stream);
  return made;
}

}  // namespace vtp
