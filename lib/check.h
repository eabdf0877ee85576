// Judges a document: is it well-formed, without a DTD, a VOEvent, and valid for its version's
// schema? One strict streaming pass over the bytes; no tree, no network, no entity is ever
// expanded.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/event.h"

namespace vtp {

enum class Verdict {
  valid,      // a VOEvent 2.0 or 2.1 that its schema accepts
  invalid,    // one that is well-formed and breaks its schema
  malformed,  // not well-formed XML, or a namespace prefix that nothing declares
  dtd,        // has a document type declaration, whatever else it is
  other       // well-formed, and its root is not the VOEvent of a schema that we know
};

// The word for it, as `sendvo --check` prints it: "valid", "invalid", …
[[nodiscard]] std::string_view name_of(Verdict verdict);

// What one pass found.
struct CheckResult {
  Verdict verdict = Verdict::malformed;
  int line = 0;  // where the first complaint is, from 1; 0 where there is none or no place for it
  std::string reason;       // the first complaint, one line for people; empty only if valid
  bool is_voevent = false;  // the root is VOEvent in the namespace of VOEvent 1.1, 2.0 or 2.1
  Headline headline;        // what was read of it, up to the place where reading stopped
};

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

 private:
  class Pass;
  std::unique_ptr<Pass> pass_;
};

}  // namespace vtp
