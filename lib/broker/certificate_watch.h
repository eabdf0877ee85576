// The broker's certificates while it runs: they are read again on demand, and their end is announced.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include "lib/base/clock.h"
#include "lib/base/diagnostics.h"
#include "lib/tls/client.h"
#include "lib/tls/server.h"

namespace vtp {

// From so long before its end on, a certificate is worth a warning a day.
inline constexpr std::chrono::days certificate_notice{14};

// The warning about a certificate that ends at `end`; nothing if there is time.
[[nodiscard]] std::optional<std::string> certificate_warning(Time end, Time now);

// Warns once a day. One thread, that of the executor. All arguments must live longer.
class CertificateWatch {
 public:
  static constexpr std::chrono::hours interval{24};

  CertificateWatch(asio::any_io_executor executor, const TlsServer& server, const Clock& clock,
                   const Diagnostics& diagnostics);

  // Until stop().
  [[nodiscard]] asio::awaitable<void> run();

  void stop() { pausing_.cancel(); }

 private:
  const TlsServer& server_;
  const Clock& clock_;
  const Diagnostics& diagnostics_;
  asio::steady_timer pausing_;
};

// What a broker shows as a server and as a client; nullptr: it is not that, by TLS.
struct BrokerTls {
  std::shared_ptr<TlsServer> server;
  std::shared_ptr<TlsClient> client;
};

// Reads the files of both again, for new connections, and reports that. What cannot be read stays as
// it was. May block. One thread at a time.
void read_certificates_again(const BrokerTls& tls, const Diagnostics& diagnostics);

}  // namespace vtp
