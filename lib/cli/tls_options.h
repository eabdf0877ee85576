// The options of all tools for endpoints with TLS.
#pragma once

#include <memory>

#include "lib/base/diagnostics.h"
#include "lib/cli/options.h"
#include "lib/cli/program.h"
#include "lib/tls/client.h"
#include "lib/tls/server.h"

namespace vtp {

// For a program's table of options: whom it trusts as a client, and its own certificate.
[[nodiscard]] Option tls_ca_option();
[[nodiscard]] Option tls_pin_option();
[[nodiscard]] Option tls_cert_option();
[[nodiscard]] Option tls_key_option();

// The client's side from these options; nullptr if it is not used, which is whether the program
// connects to an endpoint with TLS. Reads the files. Throws UsageError.
[[nodiscard]] std::shared_ptr<TlsClient> tls_client_in(const CommandLine& line, bool is_used);

// The server's side, from --tls-cert, --tls-key and --tls-client-ca, as above.
// asks_for_certificate: as in TlsServerOptions.
[[nodiscard]] std::shared_ptr<TlsServer> tls_server_in(const CommandLine& line, bool is_used,
                                                       bool asks_for_certificate);

// Keeps the key of --tls-cert, if that is given, out of core dumps (keep_memory_secret), and warns if
// others can read its file.
void guard_tls_key(const CommandLine& line, const Diagnostics& diagnostics);

// Throws UsageError if an option of the program is given that no endpoint with TLS uses.
void refuse_unused_tls(const CommandLine& line, bool client_is_used, bool server_is_used);

// Warns about files of these options that the process, by the user that it has now, cannot read again.
void check_tls_access(const CommandLine& line, const Diagnostics& diagnostics);

}  // namespace vtp
