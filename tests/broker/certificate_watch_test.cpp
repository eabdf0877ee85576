#include "lib/broker/certificate_watch.h"

#include <fcntl.h>

#include <asio/co_spawn.hpp>

#include "lib/base/text.h"
#include "lib/net/coroutine.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/running.h"

namespace vtp {
namespace {

using std::chrono::hours;

struct Fixture {
  Fixture() = default;
  ~Fixture() { ::close(log); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] std::string logged() const { return content(folder.path("log")); }

  CertificateFolder folder;
  Clock clock;
  int log = ::open(folder.path("log").c_str(), O_CREAT | O_WRONLY, 0600);
  Diagnostics diagnostics{"test", LineStyle::tool, Level::info, clock, log};
};

BrokerTls tls_with(const std::string& file, const std::string& authority) {
  return {std::make_shared<TlsServer>(
              TlsServerOptions{.certificate = file, .key = file, .client_authorities = {}}),
          std::make_shared<TlsClient>(TlsClientOptions{
              .authorities = authority, .pins = {}, .certificate = file, .key = {}})};
}

}  // namespace

TEST_CASE("a certificate is worth a warning from 14 days before its end on") {
  const Time end = *parse_time("2026-11-20T12:00:00");
  CHECK_FALSE(certificate_warning(end, end - certificate_notice - hours(1)));
  CHECK(certificate_warning(end, end - certificate_notice) ==
        "The certificate (--tls-cert) ends 2026-11-20T12:00:00Z; renew it, and send SIGHUP");
  CHECK(certificate_warning(end, end) ==
        "The certificate (--tls-cert) ended 2026-11-20T12:00:00Z; renew it, and send SIGHUP");
}

TEST_CASE("the warning comes at the start, and not for a certificate that lasts") {
  for (const bool lasts : {false, true}) {
    Fixture fixture;
    const std::string file =
        fixture.folder.issue("s", {.ends = lasts ? hours(24 * 15) : hours(24 * 13)});
    const BrokerTls tls = tls_with(file, fixture.folder.authority());
    asio::io_context context;
    CertificateWatch watch(context.get_executor(), *tls.server, fixture.clock, fixture.diagnostics);
    bool ended = false;
    spawn(context.get_executor(), watch.run(), [&](const std::exception_ptr&) { ended = true; });
    context.poll();
    CHECK_FALSE(ended);
    CHECK((fixture.logged().find("The certificate (--tls-cert) ends ") != std::string::npos) ==
          !lasts);
    watch.stop();
    CHECK(comes_true(context, [&] { return ended; }));
  }
}

TEST_CASE("certificates that are read again are reported, and so is why they cannot be") {
  Fixture fixture;
  const std::string file = fixture.folder.issue("s");
  const BrokerTls tls = tls_with(file, fixture.folder.authority());
  fixture.folder.issue("s");
  read_certificates_again(tls, fixture.diagnostics);
  CHECK(fixture.logged().find("Read the certificate again, for new connections: it ends ") !=
        std::string::npos);
  CHECK(fixture.logged().find(fingerprint_in(file)) != std::string::npos);
  std::ofstream(file) << "nonsense";
  read_certificates_again(tls, fixture.diagnostics);
  CHECK(fixture.logged().find("Cannot read the certificate again, the old one stays in effect: "
                              "cannot use the certificate in " +
                              file + ": it has none") != std::string::npos);
  read_certificates_again({}, fixture.diagnostics);
}

}  // namespace vtp
