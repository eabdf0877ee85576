// Checks the text of an element or the value of an attribute against a simple type: the simple
// types of the VOEvent schemas, and those of XML Schema (part 2, section 3) that they use or that
// xsi:type may name.
//
// The results are those of libxml2 2.9.14, also where it differs from the standard: a float may
// have an exponent without digits ("1e"), and no white space after NaN and INF; a dateTime may have
// white space only at the end, and only after a time zone; its seconds are rounded to a double.
#pragma once

#include <cstdint>
#include <string_view>

namespace vtp {

enum class Datatype : std::uint8_t {
  string,  // also normalizedString and token: any text conforms once its white space is normalised
  any_uri,
  date_time,
  real,         // xs:float
  probability,  // a float from 0 to 1
  id,           // a name; the caller checks that it is unique in the document
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
  entity  // the name of an unparsed entity, which only a DTD can declare: never valid
};

// Takes any text, with its white space as it is in the document.
[[nodiscard]] bool conforms(Datatype type, std::string_view text);

// For messages: what the type expects, such as "a number" or "followup, supersedes or retraction".
[[nodiscard]] std::string_view expectation(Datatype type);

// The text without the white space of XML (space, tab, CR, LF) at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// True if the text is only such white space, or empty.
[[nodiscard]] bool is_blank(std::string_view text);

}  // namespace vtp
