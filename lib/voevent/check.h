// Checks a document and gives a verdict: is it well-formed, without a DTD, a VOEvent, and valid for
// its version's schema? One strict streaming pass over the bytes, without a tree, network access or
// the expansion of entities.
//
// The verdicts are those of libxml2 2.9.14 with the published schemas. The first of these that
// applies is the verdict: malformed, dtd, other, invalid, valid. So a document with a DTD and an
// error after it is malformed; so is one with an error in a namespace (an undeclared prefix, a
// namespace that is not a URI), and one whose DOCTYPE is in the wrong place. Where libxml2 and the
// standards differ, libxml2 wins (see datatype.h and xml_reader.h); above all, it ends a document
// at a NUL after the root, so that a valid document may end with one.
//
// It differs from libxml2 on purpose where the same result would cost too much. The replacement
// text of an entity is not read, so a document with a DTD has the verdict dtd also if libxml2 would
// find an error in an entity that it uses. A document that would cost far more time than its length
// justifies is malformed (see xml_reader.h). Texts in a headline are limited in length
// (headline.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/voevent/event.h"

namespace vtp {

enum class Verdict {
  valid,      // a VOEvent 2.0 or 2.1 that conforms to its schema
  invalid,    // a well-formed VOEvent 2.0 or 2.1 that does not
  malformed,  // not well-formed XML, or an error in its namespaces
  dtd,        // well-formed, with a document type declaration, whatever else it is
  other       // well-formed, but the root is not a VOEvent of a known schema
};

// The verdict as a word, as `sendvo --check` prints it: "valid", "invalid", …
[[nodiscard]] std::string_view name_of(Verdict verdict);

// The result of checking one document.
struct CheckResult {
  Verdict verdict = Verdict::malformed;
  int line = 0;  // the line of the first error, from 1; 0 if there is no error, or no line for it
  std::string reason;       // the first error, in one line; empty only if valid
  bool is_voevent = false;  // the root is named VOEvent, in any namespace or none
  Headline headline;        // empty unless is_voevent. Of a malformed document: what was read up to
                            // the error, and the root's attributes even if the error was before
                            // the root, if they can be read
};

// The first error with its location, "line 12: element Who: unexpected child Foo"; empty if valid.
[[nodiscard]] std::string complaint_of(const CheckResult& check);

// Reuses the parser and the buffers of the result from one document to the next. One thread at a
// time; a process may have any number of checkers.
class Checker {
 public:
  Checker();
  ~Checker();
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;

  // Takes any bytes; the document is read in its own encoding (XML 1.0, section 4.3.3 and appendix
  // F). Never throws because of the document's content; throws std::bad_alloc when memory runs out.
  // The result is valid until the next check() or the destructor.
  [[nodiscard]] const CheckResult& check(std::string_view document);

  // The same, always with libxml2. check() uses libxml2 only if the fast path (fast_path.h) is in
  // doubt, or the document is not valid.
  [[nodiscard]] const CheckResult& check_in_full(std::string_view document);

 private:
  class Pass;
  std::unique_ptr<Pass> pass_;
};

// The same event with its whole headline; one of the log has only ivorn and role. Unchanged if the
// event cannot be read to its end, which those of other brokers need not be.
[[nodiscard]] Event with_whole_headline(const Event& event, Checker& checker);

}  // namespace vtp
