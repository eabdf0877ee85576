// An event of the log as the API has it: the object of json.h, complete.
#pragma once

#include <optional>
#include <string>

#include "lib/store/store.h"
#include "lib/voevent/check.h"
#include "lib/voevent/signature_finding.h"

namespace vtp {

// In the log, an event has only a part of its headline. checker: one thread at a time. signature: what
// is known of it; the log keeps nothing of that.
[[nodiscard]] std::string event_json(const LogEntry& entry, Checker& checker,
                                     std::optional<SignatureFinding> signature = std::nullopt);

}  // namespace vtp
