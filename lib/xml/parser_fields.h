// The fields of libxml2's parser for which it has no functions. From 2.14 on it deprecates them, and from 2.12 on it
// counts namespaces otherwise: both are dealt with here.
#pragma once

#include <libxml/hash.h>
#include <libxml/parser.h>
#include <libxml/xmlversion.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace vtp {

inline constexpr bool parser_counts_pairs = LIBXML_VERSION >= 21200;

// For how many attributes of one element it has allocated memory; it never gives any back.
[[nodiscard]] inline int allocated_attributes(const xmlParserCtxt& parser) {
  return parser.maxatts / 5;
}

// The namespace declarations in scope, the innermost last.
[[nodiscard]] inline int namespace_count(const xmlParserCtxt& parser) {
  return parser_counts_pairs ? parser.nsNr : parser.nsNr / 2;
}
[[nodiscard]] inline const xmlChar* namespace_prefix(const xmlParserCtxt& parser, int index) {
  return parser.nsTab[2 * index];
}
[[nodiscard]] inline const xmlChar* namespace_uri(const xmlParserCtxt& parser, int index) {
  return parser.nsTab[2 * index + 1];
}

// xmlCtxtReset, which in versions before 2.12 keeps the namespaces in scope where a document broke off.
inline void reset(xmlParserCtxt& parser) {
  xmlCtxtReset(&parser);
  if (!parser_counts_pairs) parser.nsNr = 0;
}

// Whether callbacks go on after an error.
inline void set_recovery(xmlParserCtxt& parser, bool on) { parser.recovery = on ? 1 : 0; }

// No more callbacks, but for errors.
inline void disable_callbacks(xmlParserCtxt& parser) { parser.disableSAX = 1; }

inline void forget_default_attributes(xmlParserCtxt& parser) {
  xmlHashFree(parser.attsDefault, [](void* defaults, const xmlChar*) { xmlFree(defaults); });
  parser.attsDefault = nullptr;
}

}  // namespace vtp

#pragma GCC diagnostic pop
