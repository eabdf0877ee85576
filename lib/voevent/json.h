// An event as a line of JSON, for programs that do not want to read XML.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"

namespace vtp {

// How an event came here.
struct Received {
  Time time;
  std::string from;  // the peer's name, as the log names it
};

// One JSON object (RFC 8259) in UTF-8, on one line without a newline at its end. Any thread. The
// keys, in this order; those of which the event says nothing are left out:
//
//     ivorn, role, version   VOEvent's attributes
//     stream                 the ivorn without its local part
//     author, date           Who/AuthorIVORN, Who/Date
//     event_time             the ISOTime of the observation
//     ra, dec, error_radius  numbers, in position_unit; ra and dec as coordinates.h has them
//     position_unit, frame   of the position
//     concepts               array of strings, from Why
//     citations              array of objects with ivorn and, unless empty, cite
//     params                 object, see below
//     received               when, xs:dateTime in UTC with milliseconds
//     from                   from whom
//     digest                 SHA-256 of the event's bytes, 64 hexadecimal digits
//
// params has a key for each name of a Param of What, and GROUP.NAME for one of a Group or Table
// with a name, in the document's order. Its value is a number where the dataType is int or float
// and the text is such a number (an int that no 64 bits hold, NaN, INF, 1e400 are none), or else
// the text; null where the Param has none. Of a name that stands several times it is the array of
// their values, in order.
//
// Text is as in the document, but for white space at its ends, and, in the headline's fields and the names
// of Groups and Tables, for what goes beyond a bound (headline.h, details.h). Characters that steer a
// terminal or are not seen stand as \uXXXX (characters.h). What is not UTF-8, in an ivorn or a
// peer's name from elsewhere, stands as U+FFFD.
[[nodiscard]] std::string json_line(const Event& event, const Received& received);

}  // namespace vtp
