// Where a broker serves HTTP, for whom, and within which limits.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "lib/net/endpoint.h"

namespace vtp {

struct HttpOptions {
  std::vector<Endpoint> endpoints;  // without TLS
  std::vector<AddressRange> allowed = loopback_ranges();
  // The names by which browsers may call the server (Host), in lower case. Addresses and localhost
  // are always right, and so is each name at a unix socket.
  std::vector<std::string> hosts{};
  std::size_t connections = 64;  // simultaneous ones; three quarters of them may be live streams
  // For a request to come in full, and for each 64 kB of an answer to be read; an idle connection
  // ends after it too.
  std::chrono::milliseconds timeout{20'000};
  // For a whole answer to be read: no reader keeps its memory for hours.
  [[nodiscard]] std::chrono::milliseconds answer_time(std::size_t bytes) const {
    constexpr std::size_t each_timeout = 1024 * 1024;
    return timeout * (2 + bytes / each_timeout);
  }
  std::chrono::milliseconds query_timeout{5'000};  // for a search, also while it waits for others
  std::size_t max_request = 16 * 1024;             // bytes of a request, with all of its fields
  static constexpr std::size_t least_max_request = 1024;
  // Between comments in a live stream, which keep it open and find out that its reader has left.
  std::chrono::milliseconds heartbeat{15'000};
};

}  // namespace vtp
