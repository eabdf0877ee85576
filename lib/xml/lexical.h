// Is a text a name, or a URI reference? The results are those of libxml2's schema validator; simple
// cases are decided without it.
#pragma once

#include <string_view>

namespace vtp {

// A name without a colon (Namespaces in XML 1.0, NCName), in UTF-8.
[[nodiscard]] bool is_ncname(std::string_view text);

// True for a value of xs:anyURI: a URI reference (RFC 3986, section 4.1) in which white space,
// control characters, characters outside ASCII and <>"{}|\^` count as letters. The empty text is
// one.
[[nodiscard]] bool is_uri_reference(std::string_view text);

}  // namespace vtp
