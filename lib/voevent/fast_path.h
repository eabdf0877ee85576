// A quick look at a document, which is enough for almost every event: is it, beyond doubt, one that a
// broker may relay? Some five times as fast as Checker, which has the last word on everything else.
//
// It knows the plain part of XML 1.0 that events are written in: UTF-8, names in ASCII, the five
// predefined entities and numeric ones, comments and CDATA sections, and namespaces with names that
// are plainly URIs. What goes beyond that in any way, or is large, deep or wide, is in doubt,
// however well-formed it may be. Held to Checker on real events and mutants of them.
#pragma once

#include <optional>
#include <string_view>

#include "lib/xml/xml_reader.h"

namespace vtp {

// What a plain event says of itself: what Headline has, as parts of the document, or constant.
struct PlainEvent {
  std::string_view ivorn;
  std::string_view role;
};

// Of a document that is, beyond doubt, well-formed XML without a document type declaration or a NUL,
// and a VOEvent 1.1, 2.0 or 2.1 with an ivorn, as judge_from_upstream wants it; nothing where that is
// in doubt, as for a VOEvent in any other namespace. Any bytes. Any thread.
[[nodiscard]] std::optional<PlainEvent> plain_event(std::string_view document);

// Hands such a document's content on as XmlReader does, if all its elements and attributes are known by
// name, and what is written is what it says, without any reference. False where something of that is in
// doubt; then the handler forgets what it got. Any bytes.
[[nodiscard]] bool read_plain(std::string_view document, XmlHandler& handler);

}  // namespace vtp
