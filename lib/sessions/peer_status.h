// A connected peer, as it was at one moment, for people and monitoring.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/clock.h"
#include "lib/store/cursors.h"

namespace vtp {

// How far a cursor is behind the end of the log.
struct Lag {
  std::uint64_t events = 0;
  double seconds = 0;  // since the first of these events was received; 0 without events
};

struct PeerStatus {
  enum class Side { author, subscriber };

  Side side = Side::subscriber;
  std::string address{};   // "192.0.2.7:41234", "unix:/run/brokerd.sock"
  std::string known_as{};  // its name in the list of known peers; empty: there is none
  bool has_tls = false;
  Time since{};                        // when it connected
  std::uint64_t events = 0;            // that it submitted, or that were sent to it
  std::vector<std::string> filters{};  // XPath, of a subscriber
  std::optional<Sequence> position{};  // of a subscriber in the log
  std::optional<Lag> lag{};            // of a subscriber; set by whoever knows the end of the log
};

}  // namespace vtp
