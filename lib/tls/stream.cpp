#include "lib/tls/stream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>

#include "lib/tls/openssl.h"

namespace vtp {
namespace {

// The usual mistakes of a handshake, in the words of those who make them; empty: another error.
std::string_view plainly_in_handshake(int reason) {
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return "the peer does not speak TLS; is this a port for plain VTP, without tls:?";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
      return "no version of TLS in common; 1.2 or 1.3 is needed";
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "no way of encrypting in common, or the peer asks for a certificate";
    default:
      return "";
  }
}

// The same, also for what a client of TLS 1.3 hears of its handshake only afterwards.
std::string_view plainly(unsigned long error, bool in_handshake) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return "";
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return "the peer asks for a certificate; use --tls-cert";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return "the peer does not accept our certificate";
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_SSLV3_ALERT_BAD_RECORD_MAC:
      return "what was received is not what was sent; it was changed on the way";
    default:
      return in_handshake ? plainly_in_handshake(ERR_GET_REASON(error)) : "";
  }
}

}  // namespace

TlsStream::TlsStream(SSL* stream, std::shared_ptr<const void> owner, std::string peer)
    : owner_(std::move(owner)), stream_(stream), peer_(std::move(peer)) {
  SSL_set_app_data(stream_, this);
}

// A connection that just ends leaves a session that can be continued; OpenSSL would not have that.
TlsStream::~TlsStream() {
  if (problem_.empty()) SSL_set_shutdown(stream_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(stream_);
}

TlsStream& TlsStream::of(SSL* stream) { return *static_cast<TlsStream*>(SSL_get_app_data(stream)); }

TlsStep TlsStream::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(stream_);
  shaken_ = result == 1;
  return shaken_ ? TlsStep::done : step_after(result);
}

TlsStream::Moved TlsStream::read(std::span<char> room) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(stream_, room.data(), room.size(), &count);
  return result == 1 ? Moved{TlsStep::done, count} : Moved{step_after(result), 0};
}

TlsStream::Moved TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result =
      SSL_write_ex(stream_, bytes.data(), std::min(bytes.size(), most_written), &count);
  return result == 1 ? Moved{TlsStep::done, count} : Moved{step_after(result), 0};
}

void TlsStream::close() {
  ERR_clear_error();
  if (problem_.empty()) SSL_shutdown(stream_);
  ERR_clear_error();
}

bool TlsStream::is_quiet() {
  ERR_clear_error();
  char next = 0;
  std::size_t count = 0;
  const int result = SSL_peek_ex(stream_, &next, 1, &count);
  return result != 1 && step_after(result) == TlsStep::wants_read;
}

bool TlsStream::has_input() const { return SSL_has_pending(stream_) == 1; }

TlsStep TlsStream::step_after(int result) {
  const int kind = SSL_get_error(stream_, result);
  switch (kind) {
    case SSL_ERROR_WANT_READ:
      return TlsStep::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return TlsStep::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      return TlsStep::closed;
    default:
      ended_ = true;
      if (problem_.empty()) problem_ = "TLS: " + why_failed(kind);
      ERR_clear_error();
      return TlsStep::failed;
  }
}

std::string TlsStream::why_failed(int kind) const {
  const int error_number = errno;
  if (!certificate_problem_.empty()) return certificate_problem_;
  const unsigned long error = ERR_peek_error();
  const auto plain = plainly(error, !shaken_);
  if (!plain.empty()) return std::string(plain);
  if (error != 0) return openssl::last_error();
  if (kind == SSL_ERROR_SYSCALL && error_number != 0) return std::strerror(error_number);
  return "the connection was closed";
}

std::shared_ptr<const PeerCertificate> TlsStream::peer_certificate() const {
  X509* const certificate = SSL_get0_peer_certificate(stream_);
  if (!certificate) return nullptr;
  // A session that continues has the result of its first handshake.
  const bool is_verified = SSL_get_verify_result(stream_) == X509_V_OK &&
                           X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
  return std::make_shared<const PeerCertificate>(described(certificate, is_verified));
}

bool TlsStream::is_resumed() const { return SSL_session_reused(stream_) == 1; }

}  // namespace vtp
