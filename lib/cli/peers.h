// Which brokers a command line names, for all tools that connect to some.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/cli/options.h"
#include "lib/net/endpoint.h"

namespace vtp {

// --host and --port name one broker, each of `others` (as parse_peer takes them) another; with none of
// them it is localhost. Throws UsageError.
[[nodiscard]] std::vector<Endpoint> peers_in(const CommandLine& line,
                                             const std::vector<std::string>& others,
                                             std::uint16_t default_port);

}  // namespace vtp
