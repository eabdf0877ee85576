// Where an event came from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/voevent/signature_finding.h"

namespace vtp {

// What a message of Kafka says beside its value. Any bytes, as its sender chose.
struct MessageDetails {
  std::optional<std::string> key;
  // In the message's order; the same name may occur several times. A value may be absent.
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<std::int64_t> timestamp;  // milliseconds since 1970-01-01T00:00:00Z
};

struct Origin {
  // Not explicit: an origin is mostly a name.
  Origin(std::string name, std::shared_ptr<const MessageDetails> details = nullptr)
      : from(std::move(name)), message(std::move(details)) {}
  Origin(const char* name) : from(name) {}

  std::string from;  // the peer's name, as in the diagnostics, or where in a topic
  std::shared_ptr<const MessageDetails> message;  // of an event from a topic, if it was kept
  std::optional<SignatureFinding> signature;      // of the event, if it was checked
};

}  // namespace vtp
