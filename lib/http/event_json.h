// An event of the log as the API has it: the object of json.h, complete.
#pragma once

#include <string>

#include "lib/store/store.h"
#include "lib/voevent/check.h"

namespace vtp {

// In the log, an event has only a part of its headline. checker: one thread at a time.
[[nodiscard]] std::string event_json(const LogEntry& entry, Checker& checker);

}  // namespace vtp
