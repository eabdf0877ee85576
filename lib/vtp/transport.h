// VTP's own messages: Transport documents, which acknowledge events and keep connections alive
// (VOEvent Transport Protocol 2.0, section 3). Read liberally, since the peers in use differ;
// written strictly.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace vtp {

enum class TransportRole { iamalive, authenticate, ack, nak };

[[nodiscard]] std::string_view name_of(TransportRole role);

struct Param {
  std::string name;
  std::string value;
};

struct Transport {
  TransportRole role = TransportRole::iamalive;
  std::string origin;         // of an answer: the event's ivorn, or the Origin that is echoed
  std::string response;       // the answering side's IVOID; empty: none
  std::string timestamp;      // as the peer wrote it; peers differ in form and zone
  std::vector<Param> params;  // Meta/Param; an old <filter> is read as a Param xpath-filter
  std::string result;         // Meta/Result: the reason of a nak, for people; empty: none
};

// The Param that carries a subscriber's filter.
inline constexpr std::string_view xpath_filter_param = "xpath-filter";

// Those with which a subscriber says where to begin, and a broker that it does so: resumption.h.
inline constexpr std::string_view resume_after_param = "resume-after";
inline constexpr std::string_view since_param = "since";
inline constexpr std::string_view resuming_param = "resuming";
inline constexpr std::string_view caught_up_param = "caught-up";

// The one with which a broker tells a subscriber, in an iamalive, that its filters take so long that it is
// slowed down; the value is "filters".
inline constexpr std::string_view slowed_param = "slowed";

// Any bytes. Wants a root Transport, in any of the namespaces in use, with one of the four roles;
// takes whatever else is missing as empty, ignores what it does not know, and finds Result in Meta
// or beside it. What would cost more than its length is not read (transport_bounds.h). The problem is one
// line, bounded in length.
[[nodiscard]] Result<Transport> parse_transport(std::string_view document);

// The role alone, from the root's start tag, without reading on: for the many acks of which only their
// number counts. Nothing if it takes a closer look to see what the document is.
[[nodiscard]] std::optional<TransportRole> role_at_a_glance(std::string_view document);

// The document that says it, with `now` as its TimeStamp (message.timestamp is not used). Valid for
// the published transport schema 1.1, if origin and response are URI references. Text that XML
// cannot hold (control characters) is replaced by "?".
[[nodiscard]] std::string to_xml(const Transport& message, Time now);

// One kind of answer to many messages, such as the acks of a connection: written once, and then only
// filled in. One thread at a time.
class AnswerForm {
 public:
  AnswerForm(TransportRole role, std::string_view response);

  // The bytes of to_xml for the answer to what has this origin, with `now` as its TimeStamp and the
  // result, if there is one. They live until the next fill(). Allocates nothing once the form has been as
  // long.
  [[nodiscard]] std::string_view fill(std::string_view origin, Time now,
                                      std::string_view result = {});

 private:
  void stamp(Time now);

  std::string text_;             // what fill() gives
  std::size_t head_;             // bytes of it that are always the same: up to the origin
  std::string before_stamp_;     // between the origin and the time
  std::string stamp_;            // the time
  std::chrono::sys_seconds at_;  // which that is
};

}  // namespace vtp
