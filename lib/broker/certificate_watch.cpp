#include "lib/broker/certificate_watch.h"

#include <exception>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace vtp {

std::optional<std::string> certificate_warning(Time end, Time now) {
  if (end - now > certificate_notice) return std::nullopt;
  return fmt::format("The certificate (--tls-cert) {} {}; renew it, and send SIGHUP",
                     end <= now ? "ended" : "ends", utc_text(end));
}

CertificateWatch::CertificateWatch(asio::any_io_executor executor, const TlsServer& server,
                                   const Clock& clock, const Diagnostics& diagnostics)
    : server_(server), clock_(clock), diagnostics_(diagnostics), pausing_(std::move(executor)) {}

asio::awaitable<void> CertificateWatch::run() {
  asio::error_code stopped;
  while (!stopped) {
    if (const auto warning = certificate_warning(server_.end(), clock_.now()))
      diagnostics_.warning("{}", *warning);
    pausing_.expires_after(interval);
    co_await pausing_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
}

void read_certificates_again(const BrokerTls& tls, const Diagnostics& diagnostics) {
  try {
    if (tls.server) tls.server->read_again();
    if (tls.client) tls.client->read_again();
    if (tls.server)
      diagnostics.info(
          "Read the certificate again, for new connections: it ends {}, and its key is {}",
          utc_text(tls.server->end()), tls.server->fingerprint());
  } catch (const std::exception& error) {
    diagnostics.error("Cannot read the certificate again, the old one stays in effect: {}",
                      error.what());
  }
}

}  // namespace vtp
