// Holds a document against the tables of one schema while it is read, and keeps the first
// complaint. Depends on no parser: whoever reads the document calls start, text and end as they
// come.
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
  // A new document, whose root is the schema's VOEvent.
  void reset(const Schema& schema);

  // In document order. Text may come in pieces; a CDATA section, even an empty one, is content
  // where white space is not. After the first complaint all of these do nothing.
  void start(const Tag& tag);
  void text(std::string_view piece, bool cdata);
  void end();

  [[nodiscard]] bool valid() const { return complaint_.empty(); }

  // One line for people, what the document says bounded in length; empty as long as it is valid.
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
  std::string text_;  // of the innermost element, where its datatype has to be checked
  std::string scratch_;
  std::set<std::string> ids_;  // sorted, not hashed: an author chooses them
  std::string complaint_;
};

}  // namespace vtp
