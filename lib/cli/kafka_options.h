// The options of all tools that read topics of a Kafka cluster or send to one.
#pragma once

#include "lib/base/diagnostics.h"
#include "lib/cli/options.h"
#include "lib/cli/program.h"
#include "lib/kafka/kafka_endpoint.h"
#include "lib/kafka/kafka_properties.h"

namespace vtp {

// --kafka-config and -X, for a program's table of options.
[[nodiscard]] Option kafka_config_option();
[[nodiscard]] Option kafka_property_option();

// The properties from these options. Their warnings go to the diagnostics. Throws UsageError.
[[nodiscard]] KafkaProperties kafka_properties_in(const CommandLine& line,
                                                  const Diagnostics& diagnostics);

// Throws UsageError if the peer is a cluster of which neither the endpoint nor the properties name
// a host.
void check_hosts(const PeerEndpoint& peer, const KafkaProperties& properties);

}  // namespace vtp
