// The functions and operators of XPath of which libxml2's own form costs more than its arguments are long,
// or more than it counts; in a form that goes by the length, and counts.
#pragma once

#include <cstddef>

#include <libxml/xpath.h>

namespace vtp {

// What costs one operation beside libxml2's own: so many bytes of text that a function reads.
inline constexpr std::size_t bytes_a_step = 64;

// A context for this document, which stays the caller's, or for none, with all functions, and those that stand for
// operators (filter_text.h). Throws std::bad_alloc.
[[nodiscard]] xmlXPathContextPtr new_filter_context(xmlDocPtr document);

}  // namespace vtp
