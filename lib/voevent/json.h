// An event as one line of JSON, for programs that do not read XML.
#pragma once

#include <string>

#include "lib/base/clock.h"
#include "lib/voevent/event.h"
#include "lib/voevent/origin.h"

namespace vtp {

// When and from where an event was received.
struct Received {
  Time time;
  Origin origin;
};

// One JSON object (RFC 8259) in UTF-8, on one line, without a newline at the end. Any thread. The
// keys, in this order; keys for which the event has no value are omitted:
//
//     ivorn, role, version   VOEvent's attributes
//     stream                 the ivorn without its local part
//     author, date           Who/AuthorIVORN, Who/Date
//     event_time             the ISOTime of the observation
//     ra, dec, error_radius  numbers, in position_unit; ra and dec as in coordinates.h
//     position_unit, frame   of the position
//     time                   object, see below: what else is said of the time of the observation
//     position               object, see below: the coordinates as they are in the event
//     concepts               array of strings, from Why
//     importance             number, Why@importance
//     expires                Why@expires
//     inferences             array of objects with name, probability (a number), relation and
//                            concepts (an array); name is an array if there are several
//     citations              array of objects with ivorn and, unless empty, cite
//     references             array of objects with uri, name, type, mimetype, meaning, section (the
//                            child of VOEvent in which it stands) and param (a key of params, cut if
//                            it is longer than longest_owner, in details.h)
//     description            VOEvent/Description
//     params                 object, see below
//     param_info             object: for the names in params that have any of them, an object with
//                            unit and ucd; for a name that occurs several times the array of these
//     received               the time, xs:dateTime in UTC with milliseconds
//     from                   the peer's name, or topic[partition]@offset
//     kafka                  object, see below, if the origin has a message
//     digest                 SHA-256 of the event's bytes, 64 hexadecimal digits
//     shortened              true, only in the short form
//     signature, signed_by   if the signature was checked: name_of(SignatureState), and the
//                            fingerprint of the key that signed (signature_finding.h)
//
// lib/voevent/event.schema.json is the JSON Schema of the object.
//
// time has the members start and stop (of an interval), scale ("UTC", "TT"), offset and error
// (numbers, in unit) and unit; position has dimensions (2 or 3) and values, an array of so many
// numbers; and if there are any, the arrays names, errors and units, of the same length, and unit.
// What is missing in these arrays is null. ra, dec and position_unit are those of a position with
// three dimensions if there is none with two.
//
// params has one key per name of a Param in What: NAME, or GROUP.NAME for a Param in a Group or
// Table with a name, in document order. The value is a number if the dataType is int or float and
// the text is such a number (an int that does not fit 64 bits, NaN, INF and 1e400 are not), or else
// the text; null if the Param has no value. For a name that occurs several times it is the array of
// their values, in order.
//
// kafka has the members
//
//     key                    text, or null if there is none
//     key_base64             instead of key, if that is not UTF-8
//     headers                array, in the message's order, of objects with name, and value (null
//                            if there is none) or value_base64
//     timestamp              xs:dateTime in UTC with milliseconds; omitted if there is none, or if it
//                            is not in the years 0 to 9999
//
// Text is as in the document, but white space at its ends is trimmed, and the headline's fields and
// the names of Groups and Tables are cut if they exceed a limit (headline.h, details.h). Control
// characters and invisible characters become \uXXXX (characters.h). Bytes that are not UTF-8,
// possible in an ivorn or a peer's name from elsewhere, become U+FFFD.
[[nodiscard]] std::string json_line(const Event& event, const Received& received);

// The same in short, for where the whole would be too large: ivorn to frame as the headline has them,
// received, from, digest and signature, and the member shortened, true. Reads nothing but the
// headline. At most 64 kB.
[[nodiscard]] std::string short_json_line(const Event& event, const Received& received);

}  // namespace vtp
