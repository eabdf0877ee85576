#include "lib/http/event_json.h"

#include <utility>

#include "lib/voevent/json.h"

namespace vtp {

std::string event_json(const LogEntry& entry, Checker& checker,
                       std::optional<SignatureFinding> signature) {
  Event whole = *entry.event;
  // An event of another broker may be one that cannot be read to its end.
  const Headline& headline = checker.check(whole.bytes).headline;
  if (!headline.ivorn.empty()) whole.headline = headline;
  Origin origin(entry.source);
  origin.signature = std::move(signature);
  return json_line(whole, {entry.received, std::move(origin)});
}

}  // namespace vtp
