// The brokers that a command line names, for all tools that connect to brokers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/cli/options.h"
#include "lib/net/endpoint.h"

namespace vtp {

// --host and --port name one broker, each of `others` (in the form for parse_peer) another one;
// without any of them, the broker is localhost. Throws UsageError.
[[nodiscard]] std::vector<Endpoint> peers_in(const CommandLine& line,
                                             const std::vector<std::string>& others,
                                             std::uint16_t default_port);

}  // namespace vtp
