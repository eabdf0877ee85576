// The server's side of TLS: the broker's certificate and key, which can be read again, and the
// authorities of its clients.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/base/clock.h"
#include "lib/tls/current.h"
#include "lib/tls/stream.h"

namespace vtp {

struct TlsServerOptions {
  std::string certificate;  // file: PEM, ours first, then those between it and its authority
  std::string key;          // file: PEM, without a passphrase; may be the same file
  // Whether clients are asked for a certificate, which they need not have. Any is taken, also a
  // self-signed one: whoever admits peers decides by what it says.
  bool asks_for_certificate = false;
  std::optional<std::string> client_authorities;  // file: whose certificates count as verified
};

// Any thread.
class TlsServer {
 public:
  // Throws std::runtime_error, with one line, if a file cannot be used.
  explicit TlsServer(TlsServerOptions options);

  // The server's end of a new connection. Throws std::bad_alloc. descriptor: as for TlsStream.
  [[nodiscard]] std::unique_ptr<TlsStream> accept(int descriptor) const;

  // Reads the files again, for new connections. Throws std::runtime_error, with one line, if they
  // cannot be used; then nothing changes.
  void read_again();

  // When the certificate ends, and the fingerprint of its key.
  [[nodiscard]] Time end() const;
  [[nodiscard]] std::string fingerprint() const;

 private:
  struct Context;
  [[nodiscard]] static std::shared_ptr<const Context> load(const TlsServerOptions& options);

  const TlsServerOptions options_;
  Current<const Context> context_;
};

}  // namespace vtp
