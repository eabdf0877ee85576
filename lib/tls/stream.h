// TLS on a connected socket: its handshake, reading and writing in steps that never block.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "lib/tls/certificate.h"

struct ssl_st;

namespace vtp {

// What became of a step.
enum class TlsStep {
  done,
  wants_read,   // call it again when the socket can be read
  wants_write,  // call it again when the socket can be written, with the same data
  closed,       // the peer has closed
  failed        // problem() says why; no further step is possible
};

// TLS 1.2 or 1.3 (RFC 5246, RFC 8446) on a descriptor that does not block, and that outlives it.
// Made by a TlsServer or a TlsClient, whose settings it keeps. Rejected: asio::ssl::stream, which has
// four buffers of 17 kB for each connection as long as it lives, and copies everything once more. One
// thread at a time. The program must ignore SIGPIPE.
class TlsStream {
 public:
  // Takes over the stream of OpenSSL. owner: what must live as long. peer: for a client, the host and
  // port that it connects to.
  TlsStream(ssl_st* stream, std::shared_ptr<const void> owner, std::string peer = {});
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  [[nodiscard]] TlsStep handshake();

  struct Moved {
    TlsStep step = TlsStep::done;
    std::size_t count = 0;  // bytes, if it is done
  };

  // Both move at least one byte if they are done; neither span may be empty. A write that is called
  // again must begin with the same bytes.
  [[nodiscard]] Moved read(std::span<char> room);
  [[nodiscard]] Moved write(std::string_view bytes);

  // The most bytes that one write sends: one record.
  static constexpr std::size_t most_written = 16 * 1024;

  // Tells the peer that no more will come, as far as the socket takes it now.
  void close();

  // There is nothing to read, and the peer has not closed. Takes in what TLS itself has sent.
  [[nodiscard]] bool is_quiet();

  // Bytes were received and not read.
  [[nodiscard]] bool has_input() const;

  // A read needs nothing from the socket: bytes were received, or the end is known.
  [[nodiscard]] bool can_read_now() const { return ended_ || has_input(); }

  // Why a step failed, for people: "TLS: certificate has expired".
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // After the handshake: the peer's certificate; nullptr: it showed none.
  [[nodiscard]] std::shared_ptr<const PeerCertificate> peer_certificate() const;

  // After the handshake: it continues an earlier session, without a new exchange of keys.
  [[nodiscard]] bool is_resumed() const;

  // Set by the check of the peer's certificate, which knows better than OpenSSL what is wrong.
  void certificate_problem(std::string problem) { certificate_problem_ = std::move(problem); }

  [[nodiscard]] const std::string& peer() const { return peer_; }

  // The stream to which a stream of OpenSSL belongs.
  [[nodiscard]] static TlsStream& of(ssl_st* stream);

 private:
  TlsStep step_after(int result);
  [[nodiscard]] std::string why_failed(int kind) const;

  std::shared_ptr<const void> owner_;
  ssl_st* stream_;
  std::string peer_;
  bool shaken_ = false;  // the handshake is done
  bool ended_ = false;   // the peer has closed, or a step failed
  std::string problem_;
  std::string certificate_problem_;
};

}  // namespace vtp
