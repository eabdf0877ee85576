// Reads XML documents, one after another, each strictly and in one pass: libxml2's SAX parser in a
// box. Nothing of a document is kept, nothing is fetched from anywhere, and no entity is expanded:
// one that a DTD declares goes by a single character wherever it is used.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/xml/name.h"
#include "lib/xml/tag.h"

namespace vtp {

// Gets the document's content, in its order, as UTF-8. What it throws ends the reading and comes
// out of XmlReader::read.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;

  // The root's name and its namespace (empty for none). True to get the content, that is to say
  // start(), text() and end() from the root on.
  virtual bool root(std::string_view local_name, std::string_view xml_namespace) = 0;

  // Of the namespaces, the root's is Space::root.
  virtual void start(const Tag& tag) = 0;
  virtual void text(std::string_view piece, bool cdata) = 0;
  virtual void end() = 0;
};

// What a reading found out besides.
struct XmlOutcome {
  // In the document itself and in its namespaces. A document is no longer read to its end, and not
  // well-formed, if it costs far more than its length: an element with more than some 350
  // attributes, more than 200 namespaces at once or some 5,000 different names, elements nested deeper than
  // 256.
  bool well_formed = true;
  int error_line = 0;  // of the first error, from 1; 0 if it has no line
  std::string error;   // one line for people; empty only if well-formed

  // Has a document type declaration. If that holds a declaration longer than 16 kB, this is all
  // that is found out.
  bool has_dtd = false;
  int dtd_line = 0;
};

// One thread at a time; any number of readers in a process.
class XmlReader {
 public:
  // The names that tags are given as numbers; the vocabulary must live longer.
  explicit XmlReader(Vocabulary names);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // Any bytes at all, in any encoding that the document declares (XML 1.0, section 4.3.3 and
  // appendix F). After an error no more content is handed on, unless the root has yet to come: then
  // the root is, if it can be read at all. Throws std::bad_alloc when memory runs out. The outcome
  // stays until the next read() or the reader's end.
  //
  // As libxml2 has it, a document ends at a NUL that follows its root, and whatever comes then is
  // not looked at.
  const XmlOutcome& read(std::string_view document, XmlHandler& handler);

  // Where the reading has come to, from 1; for the handler.
  [[nodiscard]] int line() const;

 private:
  class Pass;
  std::unique_ptr<Pass> pass_;
};

}  // namespace vtp
