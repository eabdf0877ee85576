// What the text of an element or the value of an attribute may be: the simple types of the VOEvent
// schemas, and those of XML Schema (part 2, section 3) that they use or that xsi:type may name.
//
// The judge is libxml2 2.9.14, and where it differs from the standard it wins: a float may have an
// exponent without digits ("1e"), and no white space after NaN and INF; a dateTime may have white
// space around it only at the end and only after a time zone, and its seconds are rounded to a
// double.
#pragma once

#include <cstdint>
#include <string_view>

namespace vtp {

enum class Datatype : std::uint8_t {
  string,  // also normalizedString and token: every text, once its white space is normalised
  any_uri,
  date_time,
  real,         // xs:float
  probability,  // a float from 0 to 1
  id,           // a name; that it is unique in the document is for the caller to see to
  version_2_0,
  version_2_1,
  role,
  data_type,
  coord_system,
  cite,
  contributor_role,
  language,
  nmtoken,
  name,
  ncname,
  entity  // the name of an unparsed entity, which only a DTD declares: never valid
};

// Any text; white space around it and in it as it stands in the document.
[[nodiscard]] bool conforms(Datatype type, std::string_view text);

// What a text that does not conform is not, for people: "a number", "one of followup, …".
[[nodiscard]] std::string_view expectation(Datatype type);

// Without the white space of XML (space, tab, CR, LF) at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Nothing but that white space; true for the empty text.
[[nodiscard]] bool is_blank(std::string_view text);

}  // namespace vtp
