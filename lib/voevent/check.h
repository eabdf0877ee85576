// Judges a document: is it well-formed, without a DTD, a VOEvent, and valid for its version's
// schema? One strict streaming pass over the bytes; no tree, no network, no entity is ever
// expanded.
//
// The judge behind the judgement is libxml2 2.9.14 with the published schemas. The first of these
// that holds is the verdict: malformed, dtd, other, invalid, valid. So a document with a DTD and an
// error after it is malformed; so is one with an error in a namespace (a prefix that nothing
// declares, a namespace that is no URI), and one whose DOCTYPE stands in the wrong place. Where
// libxml2 and the standards differ, libxml2 wins (see datatype.h and xml_reader.h); above all, it
// takes a document to end at a NUL that follows the root, so that a valid document may end in one.
//
// It differs from the judge on purpose in what would cost too much. An entity's replacement text is
// never looked at, so that a document with a DTD is dtd where the judge finds an error in an entity
// that it uses. And a document that costs far more than its length is malformed (see xml_reader.h).
// A headline's texts are bounded in length (headline.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/voevent/event.h"

namespace vtp {

enum class Verdict {
  valid,      // a VOEvent 2.0 or 2.1 that its schema accepts
  invalid,    // one that is well-formed and breaks its schema
  malformed,  // not well-formed XML, in itself or in its namespaces
  dtd,        // well-formed, and has a document type declaration, whatever else it is
  other       // well-formed, and its root is not the VOEvent of a schema that we know
};

// The word for it, as `sendvo --check` prints it: "valid", "invalid", …
[[nodiscard]] std::string_view name_of(Verdict verdict);

// What one pass found.
struct CheckResult {
  Verdict verdict = Verdict::malformed;
  int line = 0;  // where the first complaint is, from 1; 0 where there is none or no line for it
  std::string reason;       // the first complaint, one line for people; empty only if valid
  bool is_voevent = false;  // the root is named VOEvent, in any namespace or none
  Headline headline;        // what was read of one: of a malformed one up to the error, but the
                            // root's own fields even if the error was before it, where they can
                            // be read at all; empty if it is none
};

// The first complaint with its location, "line 12: element Who: unexpected child Foo"; empty if valid.
[[nodiscard]] std::string complaint_of(const CheckResult& check);

// Holds the parser and the room for the result, so that checking many events allocates nothing that
// grows with their number. One thread at a time; any number of checkers in a process.
class Checker {
 public:
  Checker();
  ~Checker();
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;

  // Any bytes at all; the document is read in its own encoding (XML 1.0, section 4.3.3 and appendix
  // F). Never throws for what the document is; throws std::bad_alloc when memory runs out. The
  // result stays until the next check() or the checker's end.
  [[nodiscard]] const CheckResult& check(std::string_view document);

  // The same, in any case by libxml2: check() asks that only where there is a doubt (fast_path.h) or
  // something to complain of.
  [[nodiscard]] const CheckResult& check_in_full(std::string_view document);

 private:
  class Pass;
  std::unique_ptr<Pass> pass_;
};

}  // namespace vtp
