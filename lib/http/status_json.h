// What the API and /readyz say of a broker's status.
#pragma once

#include <string>

#include "lib/http/status.h"

namespace vtp {

// Whether the broker does all that it should: it stores events, all listeners accept connections,
// and all upstreams are connected.
[[nodiscard]] bool is_ready(const BrokerStatus& status);

// A line for each of these: "disk: ok", "listeners: ok", "upstream NAME: not connected".
[[nodiscard]] std::string readiness_text(const BrokerStatus& status);

// The objects of /api/v1/status and /api/v1/peers (lib/http/openapi.json), each with a newline at
// the end.
[[nodiscard]] std::string status_json(const BrokerStatus& status);
[[nodiscard]] std::string peers_json(const BrokerStatus& status);

}  // namespace vtp
