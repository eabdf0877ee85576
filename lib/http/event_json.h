// An event of the log as the API has it: the object of json.h, complete.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "lib/store/store.h"
#include "lib/voevent/check.h"
#include "lib/voevent/json.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// Lists and live streams have an event in short (json.h) if its bytes or its JSON are more than this:
// one event must not use up the memory that there is for all readers.
inline constexpr std::size_t longest_listed_event = 1024 * 1024;

// In the log, an event has only a part of its headline. checker: one thread at a time. signature: what
// is known of it; the log keeps nothing of that.
[[nodiscard]] std::string event_json(const LogEntry& entry, Checker& checker,
                                     std::optional<SignatureFinding> signature = std::nullopt);

// The same for lists and live streams.
[[nodiscard]] std::string listed_json(const LogEntry& entry, Checker& checker);
[[nodiscard]] std::string listed_json(const Event& event, const Received& received);

// The same, always in short.
[[nodiscard]] std::string short_json(const LogEntry& entry, Checker& checker);

}  // namespace vtp
