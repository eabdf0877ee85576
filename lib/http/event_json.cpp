#include "lib/http/event_json.h"

#include <utility>

namespace vtp {

std::string event_json(const LogEntry& entry, Checker& checker,
                       std::optional<SignatureFinding> signature) {
  Origin origin(entry.source);
  origin.signature = std::move(signature);
  return json_line(with_whole_headline(*entry.event, checker), {entry.received, std::move(origin)});
}

std::string listed_json(const LogEntry& entry, Checker& checker) {
  return listed_json(with_whole_headline(*entry.event, checker),
                     {entry.received, Origin(entry.source)});
}

std::string listed_json(const Event& event, const Received& received) {
  if (event.bytes.size() <= longest_listed_event) {
    std::string json = json_line(event, received);
    if (json.size() <= longest_listed_event) return json;
  }
  return short_json_line(event, received);
}

std::string short_json(const LogEntry& entry, Checker& checker) {
  return short_json_line(with_whole_headline(*entry.event, checker),
                         {entry.received, Origin(entry.source)});
}

}  // namespace vtp
