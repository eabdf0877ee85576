// The client's side of TLS: whom it trusts, what it shows of itself, and the sessions that it can
// continue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/tls/current.h"
#include "lib/tls/stream.h"

namespace vtp {

struct TlsClientOptions {
  // File: the authorities that are trusted; nothing: those that the system trusts.
  std::optional<std::string> authorities;
  // Fingerprints (certificate.h): if there are any, a peer with one of these keys is trusted, and no
  // other one, whoever signed its certificate, whatever its name, and whenever it ends.
  std::vector<std::string> pins;
  std::optional<std::string> certificate;  // file: our own, if the peer asks for one
  std::optional<std::string> key;          // file: of that certificate; nothing: the same file
};

// Any thread.
class TlsClient {
 public:
  // The most sessions that are kept for one peer, each for one connection.
  static constexpr std::size_t most_sessions = 64;

  // Throws std::runtime_error, with one line, if a file cannot be used.
  explicit TlsClient(TlsClientOptions options);

  // The client's end of a new connection. host: a name or an address; the peer's certificate must be
  // for it, unless its key is pinned. port: with the host, it tells for whom a session was begun.
  // Throws std::bad_alloc. descriptor: as for TlsStream.
  [[nodiscard]] std::unique_ptr<TlsStream> connect(int descriptor, const std::string& host,
                                                   std::uint16_t port) const;

  // As TlsServer::read_again.
  void read_again();

 private:
  struct Context;
  [[nodiscard]] static std::shared_ptr<Context> load(const TlsClientOptions& options);

  const TlsClientOptions options_;
  Current<Context> context_;
};

}  // namespace vtp
