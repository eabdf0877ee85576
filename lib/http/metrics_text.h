// A broker's status as metrics, in Prometheus' text format, version 0.0.4.
#pragma once

#include <cstddef>
#include <string>

#include "lib/http/status.h"

namespace vtp {

// The most subscribers with a lag of their own, so that each scrape stays small; the lags of all
// others are in one with peer="others".
inline constexpr std::size_t most_peers_in_metrics = 500;

// The value of /metrics' Content-Type.
inline constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

// Names and labels: see METRICS in brokerd(8). The connections of a known peer, or of an address
// (address_in), are one peer there, with the largest lag of all of them. Any thread.
[[nodiscard]] std::string metrics_text(const BrokerStatus& status);

}  // namespace vtp
