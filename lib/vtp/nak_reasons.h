// The texts of a nak. People, scripts and other brokers search for them, so they must not change.
#pragma once

#include <string>
#include <string_view>

namespace vtp {

// The Result of a nak for an author: this and the reason.
inline constexpr const char* event_rejected = "Event rejected: ";

[[nodiscard]] inline std::string rejection(const std::string& reason) {
  return event_rejected + reason;
}

// In a reason: the event was not checked, and may be submitted again.
inline constexpr const char* try_again_later = "try again later";

// The reason for a duplicate: an event that the broker has seen before.
inline constexpr const char* previously_seen = "Previously seen by this broker";

// The reason for an author that connects when the limit of connected authors is reached.
inline constexpr const char* too_many_authors = "Too many authors are connected; try again later";

// The reason for a peer that does not use TLS at an endpoint for TLS.
inline constexpr const char* for_tls = "this port is for TLS: connect to tls:HOST:PORT";

// The reason for an author whose address is not allowed.
[[nodiscard]] inline std::string author_not_allowed(const std::string& address) {
  return "Authors at " + address + " are not allowed here";
}

// The beginning of the reason for a peer that is not in the list of known peers.
inline constexpr const char* not_known = "This broker does not know you: ";

// In the reason for a known peer that is a subscriber only: between its name and its fingerprint.
inline constexpr const char* no_author_here = " is no author here; your key is ";

// The Result of a nak without an Origin refuses the author, whatever its event is: a broker whose
// configuration changes may take the same event later. False for "try again later", which any
// author understands.
[[nodiscard]] inline bool refuses_author(std::string_view result) {
  if (!result.starts_with(event_rejected)) return false;
  result.remove_prefix(std::string_view(event_rejected).size());
  return result == for_tls || result.starts_with(not_known) ||
         result.find(no_author_here) != std::string_view::npos ||
         (result.starts_with("Authors at ") && result.ends_with(" are not allowed here"));
}

// The Result of a nak for a subscriber that is not allowed: this and the reason.
inline constexpr const char* subscription_rejected = "Subscription rejected: ";

// The reason for a subscriber that is connected, and no longer in the list of known peers.
inline constexpr const char* no_longer_known = "This broker does not know you any more";

// The reason for an event that could not be written to the log because of a problem of the broker.
inline constexpr const char* cannot_store = "This broker cannot store events now; try again later";

// The reason for an event that the log refuses, such as one that is too large for it.
inline constexpr const char* log_refuses = "The log of this broker does not take this event";

// The reason for an event whose author has not signed it, if the broker wants that; before what is
// wrong with its signature.
inline constexpr const char* signature_required =
    "This broker takes only events signed by their author";

// The reason for an event whose signature could not be checked because of a problem of the broker.
inline constexpr const char* cannot_verify =
    "This broker cannot check signatures now; try again later";

}  // namespace vtp
