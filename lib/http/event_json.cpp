#include "lib/http/event_json.h"

#include "lib/voevent/json.h"

namespace vtp {

std::string event_json(const LogEntry& entry, Checker& checker) {
  Event whole = *entry.event;
  // An event of another broker may be one that cannot be read to its end.
  const Headline& headline = checker.check(whole.bytes).headline;
  if (!headline.ivorn.empty()) whole.headline = headline;
  return json_line(whole, {entry.received, Origin(entry.source)});
}

}  // namespace vtp
