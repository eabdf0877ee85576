// Replacements for those XPath functions and operators whose implementation in libxml2 takes more
// time than the length of its arguments justifies, or more than libxml2 counts. These take time
// proportional to the length, and count it.
#pragma once

#include <cstddef>

#include <libxml/xpath.h>

namespace vtp {

// A function that reads this many bytes of text is charged one operation, in addition to libxml2's
// own.
inline constexpr std::size_t bytes_a_step = 64;

// A context with all functions, including those that stand for operators (filter_text.h); for this
// document, which the caller owns, or for none (null). Throws std::bad_alloc.
[[nodiscard]] xmlXPathContextPtr new_filter_context(xmlDocPtr document);

}  // namespace vtp
