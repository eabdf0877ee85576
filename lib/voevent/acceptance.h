// Acceptance rules: which events a broker accepts, and why it refuses the others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/voevent/check.h"

namespace vtp {

enum class Acceptance {
  accept,  // append it and acknowledge
  refuse,  // answer with a nak that has the reason
  ignore   // the root is not named VOEvent: close without an answer
};

// Limit for the bytes of an ivorn, which is in every reply and in the environment of every command.
// The longest in use has about 90.
inline constexpr std::size_t longest_ivorn = 1024;

struct Judgement {
  Acceptance acceptance = Acceptance::ignore;
  std::string reason;  // why not, one line for the author and the diagnostics; empty if accepted
};

// The rule for events from authors: well-formed, without a DTD, valid for VOEvent 2.0 or 2.1, and
// with an ivorn that is an IVOID with a local part (VOEvent 2.0, section 2.3), of at most
// longest_ivorn bytes. A NUL is not allowed: libxml2 stops at a NUL after the root, and a stream of
// events is split there, so that the rest would become an event that was never checked. In UTF-16
// with a byte-order mark, which streams support, this means U+0000; any other encoding that has NUL
// bytes is refused. Duplicates are detected by the store, not here. check: the result for
// `document`.
[[nodiscard]] Judgement judge_from_author(const CheckResult& check, std::string_view document);

// The rule for events from upstream brokers: well-formed, without a DTD or a NUL as above, the root
// named VOEvent, in any namespace or none, with an ivorn of at most longest_ivorn bytes. An event
// that is invalid for its schema, or whose schema is unknown, is accepted, since a nak would not
// reach its author. Returns accept or ignore.
[[nodiscard]] Judgement judge_from_upstream(const CheckResult& check, std::string_view document);

// The same rule as a message for people: why no broker would pass the document on, in one line with
// the location in the document; empty if it can be passed on. The text assumes that the reader
// knows the verdict.
[[nodiscard]] std::string obstacle_in(const CheckResult& check, std::string_view document);

}  // namespace vtp
