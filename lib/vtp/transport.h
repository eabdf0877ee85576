// VTP's own messages: Transport documents, which acknowledge events and keep connections alive
// (VOEvent Transport Protocol 2.0, section 3). Parsed leniently, since the implementations in use
// differ; written strictly.
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
  std::string origin;         // in a reply: the event's ivorn, or the Origin of the message
  std::string response;       // the IVOID of the side that replies; empty: none
  std::string timestamp;      // as the peer wrote it; format and time zone vary
  std::vector<Param> params;  // Meta/Param; an old <filter> is read as a Param xpath-filter
  std::string result;         // Meta/Result: the reason of a nak, for people; empty: none
};

// The Param that carries a subscriber's filter.
inline constexpr std::string_view xpath_filter_param = "xpath-filter";

// The Params for resumption (resumption.h): two for the subscriber's request, two for the broker's
// answers.
inline constexpr std::string_view resume_after_param = "resume-after";
inline constexpr std::string_view since_param = "since";
inline constexpr std::string_view resume_wait_param = "resume-wait";
inline constexpr std::string_view resuming_param = "resuming";
inline constexpr std::string_view caught_up_param = "caught-up";

// The Param with which a broker tells a subscriber, in an iamalive, that it is slowed down because
// its filters take too long; the value is "filters".
inline constexpr std::string_view slowed_param = "slowed";

// Takes any bytes. Requires a root Transport, in any of the namespaces in use, with one of the four
// roles. Anything else that is missing counts as empty; unknown content is ignored; Result may be
// in Meta or beside it. A document that would cost more time than its length justifies is refused
// (transport_bounds.h). The problem is one line, limited in length.
[[nodiscard]] Result<Transport> parse_transport(std::string_view document);

// The role only, from the root's start tag, without reading the rest: for acks, which are many and
// of which only the number counts. Nothing if the document must be parsed to find its role.
[[nodiscard]] std::optional<TransportRole> role_at_a_glance(std::string_view document);

// The message as a document, with `now` as its TimeStamp (message.timestamp is not used). Valid for
// the published transport schema 1.1, if origin and response are URI references. Characters that
// XML does not allow (control characters) are replaced by "?".
[[nodiscard]] std::string to_xml(const Transport& message, Time now);

// A template for many similar replies, such as the acks of a connection: made once, and then filled
// in for each reply. One thread at a time.
class AnswerForm {
 public:
  AnswerForm(TransportRole role, std::string_view response);

  // The same bytes as to_xml, for a reply with this origin, with `now` as its TimeStamp, and with
  // the result, if not empty. They are valid until the next fill(). Allocates memory only if the
  // text is longer than any before.
  [[nodiscard]] std::string_view fill(std::string_view origin, Time now,
                                      std::string_view result = {});

 private:
  void stamp(Time now);

  std::string text_;             // the result of fill()
  std::size_t head_;             // number of its bytes before the origin, which never change
  std::string before_stamp_;     // the text between the origin and the time
  std::string stamp_;            // the time as text
  std::chrono::sys_seconds at_;  // the time in stamp_
};

}  // namespace vtp
