// What was found when an event's signature was checked.
#pragma once

#include <string>
#include <string_view>

namespace vtp {

enum class SignatureState {
  none,         // the event has no signature
  good,         // by a key of the event's author
  bad,          // not of these bytes, or unreadable, or by a key that must not be used
  unknown_key,  // by a key that is not in the key ring, or not one of the event's author
  expired,      // the signature or its key has expired
  unchecked     // it could not be checked now, for a reason that is not the event's
};

// As in JSON and messages: "good", "bad", "unknown key", "expired", "none"; "unchecked".
[[nodiscard]] constexpr std::string_view name_of(SignatureState state) {
  switch (state) {
    case SignatureState::none:
      return "none";
    case SignatureState::good:
      return "good";
    case SignatureState::bad:
      return "bad";
    case SignatureState::unknown_key:
      return "unknown key";
    case SignatureState::expired:
      return "expired";
    case SignatureState::unchecked:
      break;
  }
  return "unchecked";
}

struct SignatureFinding {
  SignatureState state = SignatureState::none;
  // The fingerprint of the primary key in upper-case hexadecimal digits, if a key of the key ring has
  // signed exactly these bytes: if the state is good, expired, or unknown_key with a key that is
  // there but not the author's. Else empty.
  std::string signed_by;
  // For people, in one line: who signed, or what is wrong; any bytes, as the key's owner chose them.
  std::string explanation;
};

// Of an event without a signature.
[[nodiscard]] inline SignatureFinding unsigned_finding() {
  return {SignatureState::none, {}, "it has no signature"};
}

}  // namespace vtp
