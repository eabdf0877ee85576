// Reads XML documents, one after another, each strictly and in one pass; wraps libxml2's SAX
// parser. Keeps no part of a document, fetches nothing from anywhere, and expands no entity: a
// reference to one that a DTD declares becomes a single character.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/xml/name.h"
#include "lib/xml/tag.h"

namespace vtp {

// Receives the document's content in document order, as UTF-8. An exception ends the reading and is
// rethrown by XmlReader::read.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;

  // Gets the root's name and its namespace (empty for none). Returns true to receive the content:
  // calls of start(), text() and end(), from the root on.
  virtual bool root(std::string_view local_name, std::string_view xml_namespace) = 0;

  // The root's namespace is Space::root.
  virtual void start(const Tag& tag) = 0;
  virtual void text(std::string_view piece, bool cdata) = 0;
  virtual void end() = 0;
};

// The result of reading a document.
struct XmlOutcome {
  // The document is well-formed, and so is its use of namespaces. False, and not read to the end,
  // also if the document would cost far more time than its length justifies: an element with more
  // than about 350 attributes, more than 200 namespaces in scope, more than about 5,000 different
  // names, or elements nested deeper than 256.
  bool well_formed = true;
  int error_line = 0;  // line of the first error, from 1; 0 if unknown
  std::string error;   // the first error, in one line; empty only if well-formed

  // The document has a document type declaration (DTD). If that contains a declaration longer than
  // 16 kB, reading ends there, without an error.
  bool has_dtd = false;
  int dtd_line = 0;
};

// One thread at a time; a process may have any number of readers.
class XmlReader {
 public:
  // The names that tags give as numbers; the vocabulary must outlive the reader.
  explicit XmlReader(Vocabulary names);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // Takes any bytes, in any encoding that the document declares (XML 1.0, section 4.3.3 and
  // appendix F). After an error the handler gets no more content; if the error is before the root,
  // it still gets root() if the root can be read. Throws std::bad_alloc when memory runs out. The
  // outcome is valid until the next read() or the destructor.
  //
  // As in libxml2, a document ends at a NUL after its root; the rest is ignored.
  const XmlOutcome& read(std::string_view document, XmlHandler& handler);

  // The current line, from 1; for use by the handler.
  [[nodiscard]] int line() const;

 private:
  class Pass;
  std::unique_ptr<Pass> pass_;
};

}  // namespace vtp
