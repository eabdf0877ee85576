// The brokers and topics that a command line names, for all tools that connect to them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/cli/options.h"
#include "lib/kafka/kafka_endpoint.h"

namespace vtp {

// Where a program gets events from: one broker, or several that have the same log, of which it uses
// one at a time; or topics.
using SourceEndpoint = std::variant<std::vector<Endpoint>, KafkaEndpoint>;

// BROKER[|BROKER…], each as parse_peer; or topics.
[[nodiscard]] Result<SourceEndpoint> parse_source(std::string_view text,
                                                  std::uint16_t default_port);

// Whether any of them has TLS.
[[nodiscard]] bool has_tls(const PeerEndpoint& endpoint);
[[nodiscard]] bool has_tls(const SourceEndpoint& endpoint);

// Those that --host and --port and the operands name; with --any, all are brokers with the same
// log. Without any of them, the broker is localhost. Throws UsageError.
[[nodiscard]] std::vector<SourceEndpoint> sources_in(const CommandLine& line,
                                                     std::uint16_t default_port);

// The brokers and topics, of one topic each, that events are sent to: --host and --port name one
// broker, each of `others` another one; without any of them, it is localhost. Throws UsageError.
[[nodiscard]] std::vector<PeerEndpoint> peers_in(const CommandLine& line,
                                                 const std::vector<std::string>& others,
                                                 std::uint16_t default_port);

// The same, as a repeatable option names them. Throws UsageError, also if one is named twice.
[[nodiscard]] std::vector<PeerEndpoint> destinations_in(const CommandLine& line,
                                                        const std::string& option,
                                                        std::uint16_t default_port);

}  // namespace vtp
