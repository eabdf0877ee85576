// Access to fields of libxml2's parser for which it has no functions. They are deprecated from 2.14
// on, and namespaces are counted differently from 2.12 on; this file hides both.
#pragma once

#include <libxml/hash.h>
#include <libxml/parser.h>
#include <libxml/xmlversion.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace vtp {

inline constexpr bool parser_counts_pairs = LIBXML_VERSION >= 21200;

// The number of attributes of one element for which memory is allocated; it never decreases.
[[nodiscard]] inline int allocated_attributes(const xmlParserCtxt& parser) {
  return parser.maxatts / 5;
}

// The namespace declarations in scope; the innermost is the last one.
[[nodiscard]] inline int namespace_count(const xmlParserCtxt& parser) {
  return parser_counts_pairs ? parser.nsNr : parser.nsNr / 2;
}
[[nodiscard]] inline const xmlChar* namespace_prefix(const xmlParserCtxt& parser, int index) {
  return parser.nsTab[2 * index];
}
[[nodiscard]] inline const xmlChar* namespace_uri(const xmlParserCtxt& parser, int index) {
  return parser.nsTab[2 * index + 1];
}

// xmlCtxtReset; before 2.12 it keeps the namespaces in scope where reading was aborted.
inline void reset(xmlParserCtxt& parser) {
  xmlCtxtReset(&parser);
  if (!parser_counts_pairs) parser.nsNr = 0;
}

// Whether callbacks continue after an error.
inline void set_recovery(xmlParserCtxt& parser, bool on) { parser.recovery = on ? 1 : 0; }

// No more callbacks, except for errors.
inline void disable_callbacks(xmlParserCtxt& parser) { parser.disableSAX = 1; }

inline void forget_default_attributes(xmlParserCtxt& parser) {
  xmlHashFree(parser.attsDefault, [](void* defaults, const xmlChar*) { xmlFree(defaults); });
  parser.attsDefault = nullptr;
}

}  // namespace vtp

#pragma GCC diagnostic pop
