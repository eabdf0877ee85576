// Validates a document against the tables of one schema while it is read, and keeps the first
// error. Independent of the parser, which calls start, text and end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/voevent/content.h"
#include "lib/voevent/schema.h"
#include "lib/xml/tag.h"

namespace vtp {

class Validator {
 public:
  // Begins a new document, whose root is the schema's VOEvent.
  void reset(const Schema& schema);

  // Called in document order. Text may come in pieces. A CDATA section, even an empty one, counts
  // as content where white space does not. After the first error these do nothing.
  void start(const Tag& tag);
  void text(std::string_view piece, bool cdata);
  void end();

  [[nodiscard]] bool valid() const { return complaint_.empty(); }

  // The first error in one line, with quotations from the document limited in length; empty if
  // there is none so far.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  struct Element {
    const Type* type;
    ContentProgress progress;
    std::string_view name;
  };

  const Type* type_of(const Tag& tag);
  const Type* substitute(const Tag& tag, const TagAttribute& attribute, const Type& declared);
  void check_attributes(const Tag& tag, const Type& type, std::string_view element);
  void check_value(std::string_view element, const TagAttribute& attribute, Datatype datatype);
  void complain(std::string_view element, std::string_view what);

  const Schema* schema_ = nullptr;
  std::vector<Element> open_;
  std::string text_;  // of the innermost element, if its datatype must be checked
  std::string scratch_;
  std::set<std::string> ids_;  // sorted, not hashed: the author controls them
  std::string complaint_;
};

}  // namespace vtp
