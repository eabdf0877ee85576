// The two questions on a text's form that libxml2 answers better than a table would: is it a name,
// and is it a URI reference? The answers are libxml2's, as its schema validator gives them.
#pragma once

#include <string_view>

namespace vtp {

// A name without a colon (Namespaces in XML 1.0, NCName), in UTF-8.
[[nodiscard]] bool is_ncname(std::string_view text);

// The value space of xs:anyURI: a URI reference (RFC 3986, section 4.1) once white space, control
// characters, characters beyond ASCII and <>"{}|\^` are taken for letters. The empty text is one.
[[nodiscard]] bool is_uri_reference(std::string_view text);

}  // namespace vtp
