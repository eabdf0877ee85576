// IVOA identifiers (IVOA Identifiers 2.0): ivo://authority/resource-key, and optionally a local
// part after ? or # that names one item of that resource. A VOEvent's ivorn is such an identifier
// with a local part.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace vtp {

// The parts as written; compare identifiers with same_ivoid().
struct Ivoid {
  std::string authority;     // "nasa.gsfc.gcn"
  std::string resource_key;  // "/SWIFT", or empty
  std::string local_part;    // the text after the first # or ? ("BAT_GRB_Pos_532871-729"), or empty

  // "ivo://authority/resource-key": what is common to all events of one stream.
  [[nodiscard]] std::string stream() const;
};

// Sections 2.2 and 2.3: the scheme in any case; an authority of 3 or more of letters, digits and
// -_.~*'(), the first of them a letter or digit; a resource key without "//", "/./" or "/../" in it
// or "/" at its end; no white space or control characters anywhere. The problem gives the text and
// the error.
[[nodiscard]] Result<Ivoid> parse_ivoid(std::string_view text);

// The stream of an event, from its ivorn: Ivoid::stream(). An event from upstream may have an ivorn
// that is not an IVOID: then the text before the first ? or #.
[[nodiscard]] std::string stream_of(std::string_view ivorn);

// The text after ivo:// (in upper or lower case); the whole text if it does not begin so.
[[nodiscard]] std::string_view without_scheme(std::string_view ivorn);

// The text itself if it can be a program's own identifier: an IVOID without a local part.
[[nodiscard]] Result<std::string> parse_own_ivoid(std::string_view text);

// Section 2.1: scheme, authority and resource key compare without case, the local part with it.
[[nodiscard]] bool same_ivoid(const Ivoid& a, const Ivoid& b);

}  // namespace vtp
