// The fast path: a simple check that is enough for almost every event. Is the document, without
// doubt, one that a broker may relay? About five times as fast as Checker, which decides all other
// cases.
//
// It supports the simple part of XML 1.0 in which events are written: UTF-8, ASCII names, the five
// predefined entities and numeric references, comments and CDATA sections, and namespaces whose
// names are clearly URIs. Any document that goes beyond this, or is large, deep or wide, is in
// doubt, even if it is well-formed. Tests compare it with Checker on real events and mutations of
// them.
#pragma once

#include <optional>
#include <string_view>

#include "lib/xml/xml_reader.h"

namespace vtp {

// Fields of a plain event, as in Headline; they point into the document, or to constant text.
struct PlainEvent {
  std::string_view ivorn;
  std::string_view role;
};

// Returns the fields if the document is, without doubt, well-formed XML without a document type
// declaration or a NUL, and a VOEvent 1.1, 2.0 or 2.1 with an ivorn, as judge_from_upstream
// requires; nothing if that is in doubt, as for a VOEvent in any other namespace. Takes any bytes.
// Any thread.
[[nodiscard]] std::optional<PlainEvent> plain_event(std::string_view document);

// Passes such a document's content to the handler as XmlReader does, if the names of all its
// elements and attributes are known, and its text needs no decoding (it has no references). Returns
// false if that is in doubt; the handler must then discard what it got. Takes any bytes.
[[nodiscard]] bool read_plain(std::string_view document, XmlHandler& handler);

}  // namespace vtp
