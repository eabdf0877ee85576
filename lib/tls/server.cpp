#include "lib/tls/server.h"

#include <new>
#include <string_view>
#include <utility>

#include "lib/tls/openssl.h"

namespace vtp {
namespace {

// Sessions are continued only between this and the same program (RFC 5077).
constexpr std::string_view session_context = "vtptools";

// Takes any certificate, and notes whether it is verified. arg: not nullptr if there are
// authorities.
int note_certificate(X509_STORE_CTX* store, void* arg) {
  if (!arg)
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  else
    X509_verify_cert(store);  // sets the error
  return 1;
}

}  // namespace

struct TlsServer::Context {
  openssl::ContextPtr context = openssl::make_context(TLS_server_method());
};

TlsServer::TlsServer(TlsServerOptions options)
    : options_(std::move(options)), context_(load(options_)) {}

std::shared_ptr<const TlsServer::Context> TlsServer::load(const TlsServerOptions& options) {
  auto made = std::make_shared<Context>();
  SSL_CTX* const context = made->context.get();
  openssl::load_identity(context, options.certificate, options.key);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do without
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned int>(session_context.size()));
  if (options.client_authorities) openssl::load_authorities(context, *options.client_authorities);
  if (options.asks_for_certificate || options.client_authorities) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, note_certificate,
                                     options.client_authorities ? context : nullptr);
  }
  return made;
}

std::unique_ptr<TlsStream> TlsServer::accept(int descriptor) const {
  auto current = context_.get();
  SSL* const stream = SSL_new(current->context.get());
  if (!stream) throw std::bad_alloc();
  auto made = std::make_unique<TlsStream>(stream, std::move(current));
  if (SSL_set_fd(stream, descriptor) != 1) throw std::bad_alloc();
  SSL_set_accept_state(stream);
  return made;
}

void TlsServer::read_again() { context_.set(load(options_)); }

Time TlsServer::end() const {
  return end_of(SSL_CTX_get0_certificate(context_.get()->context.get()));
}

std::string TlsServer::fingerprint() const {
  return fingerprint_of(SSL_CTX_get0_certificate(context_.get()->context.get()));
}

}  // namespace vtp
