// What a broker takes, and what it says to an author whose event it does not take.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/voevent/check.h"

namespace vtp {

enum class Acceptance {
  accept,  // append it and acknowledge
  refuse,  // answer with a nak that gives the reason
  ignore   // the root is not named VOEvent: close without an answer
};

// Bytes; every answer has it in it, and every command in its environment. The longest in use has some 90.
inline constexpr std::size_t longest_ivorn = 1024;

struct Judgement {
  Acceptance acceptance = Acceptance::ignore;
  std::string reason;  // why not, one line for the author and the log; empty if accepted
};

// The rule for events from authors: well-formed, without a DTD, valid for VOEvent 2.0 or 2.1, and
// with an ivorn that is an IVOID with a local part (VOEvent 2.0, section 2.3), of longest_ivorn bytes at
// most. Nor may there be a NUL in it: libxml2 reads no further than a NUL after the root, and a stream of
// events is cut there, so that what follows would be an event that nobody has judged. In UTF-16 with its
// byte-order mark, which a stream knows, that is U+0000; any other encoding that has NUL bytes is refused.
// Whether it was seen before is the store's to
// say. check: what was found in `document`.
[[nodiscard]] Judgement judge_from_author(const CheckResult& check, std::string_view document);

// The rule for events from upstream brokers: well-formed, without a DTD or a NUL as above, the root named
// VOEvent, in any namespace or none, with an ivorn of longest_ivorn bytes at most. What breaks its schema, or
// has none that we know, is let through, since no nak would ever reach its author. Accept or ignore.
[[nodiscard]] Judgement judge_from_upstream(const CheckResult& check, std::string_view document);

// The same as judge_from_upstream, for people who know the verdict: why nobody would pass the document
// on, one line with its location in the document; empty if it can be passed on.
[[nodiscard]] std::string obstacle_in(const CheckResult& check, std::string_view document);

// A nak's Result: "Event rejected: " and the reason. People and scripts look for these words.
[[nodiscard]] std::string rejection(const std::string& reason);

// The reason for an event that the log already has.
inline constexpr const char* previously_seen = "Previously seen by this broker";

// The reason for an author who comes when there are as many as may be.
inline constexpr const char* too_many_authors = "Too many authors are connected; try again later";

// The reason for one that could not be written to the log, through no fault of its own.
inline constexpr const char* cannot_store = "This broker cannot store events now; try again later";

}  // namespace vtp
