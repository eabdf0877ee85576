// VOEvents as hop-client (SCiMMA) wrote them to Kafka before its version 0.12, turned back into XML.
//
// Until 0.11 hop-client parsed an event with xmltodict, without prefixes for attributes, and sent the
// result as JSON: an object with VOEvent's attributes and children as members. In it
//
//     "name": "text"                an attribute, or an element that has only text
//     "name": null                  an empty element
//     "name": {…}                   an element with attributes, children, or both
//     "name": [ …, … ]              an element that occurs several times
//     "#text": "text"               the text of an element that has attributes or children
//     "Who": {} at the top level    hop's way to say that there is no Who
//
// Which name is an attribute's is known from the schemas of VOEvent 2.0 and 2.1, where no element
// shares one. Lost are the namespace of VOEvent and what else the root declares, comments, CDATA
// sections, processing instructions, white space around text, and the order of children with
// different names. So the result is an event with the same content, not the author's bytes.
//
// The result depends on nothing but the JSON: brokers tell events apart by their digest, so the same
// JSON must give the same bytes in every version of this program. Do not change the output for any
// input that has one; the tests have examples, byte for byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace vtp {

// The largest XML document that is made, in bytes; an array repeats a name that JSON has once.
inline constexpr std::size_t largest_made_xml = 16 * 1024 * 1024;

// Prefixes that are in scope at one place; each name with a prefix is compared with them.
inline constexpr std::size_t most_prefixes = 64;

// From hop-client 0.6 to 0.11: the event's JSON alone, in a message with the header
// `_format: voevent`. Gives the event as XML in UTF-8. It is not checked against the schema (check.h).
//
// The root is voe:VOEvent in the namespace of its version (1.1, 2.0 or 2.1; 2.0 if it has none, as in
// hop). Children are in the order of the JSON, or of the schema where that demands one. Numbers are
// written as in the JSON. An attribute that is null is omitted. Members with a prefix are kept below
// the root, as attributes if the prefix is xsi, xlink, xml or xmlns; those of the root, and its
// xmlns, are omitted, as hop omits them. A name that the schemas do not know is an attribute if it
// begins with a lower-case letter and has a simple value, as in GECAM's events ("datatype"), or else
// an element.
//
// The problem is one line: not JSON or too large (json_tree.h, the limits above), not an object, a
// version that is unknown, a value of the wrong kind, an array in an array, a name or a character
// that XML does not allow, a prefix that nothing declares. Any thread.
[[nodiscard]] Result<std::string> voevent_from_hop_json(std::string_view json);

// From hop-client 0.1 to 0.5, which sent no such header: an envelope {"format": "voevent",
// "content": {…}}, with the same JSON as content. Nothing if the JSON is not an envelope of a
// VOEvent; this is found out without parsing it if it does not have the text "voevent" with its
// quotes. Otherwise as voevent_from_hop_json. Any thread.
[[nodiscard]] std::optional<Result<std::string>> voevent_from_hop_envelope(std::string_view json);

}  // namespace vtp
