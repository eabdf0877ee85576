// What an event says beyond its headline: parameters, citations and concepts, for programs that
// hand events on in another form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/voevent/names.h"
#include "lib/xml/tag.h"
#include "lib/xml/xml_reader.h"

namespace vtp {

// A What/Param, or one of a Group or Table in What. VOEvent 2.0, section 3.3.
struct Parameter {
  std::string name;       // "trigger_id"; of a Group or Table that has a name, "group.trigger_id"
  std::string data_type;  // Param@dataType; empty where it is absent, which means string
  std::optional<std::string> value;  // Param@value, or else Param/Value; trimmed of white space
};

// A Citations/EventIVORN. Section 3.7.
struct Citation {
  std::string ivorn;
  std::string cite;  // EventIVORN@cite: "followup", "supersedes", "retraction"
};

// All in the document's order.
struct Details {
  std::vector<Parameter> parameters;  // those that have a name
  std::vector<Citation> citations;    // those that have an ivorn
  std::vector<std::string> concepts;  // Why/Concept and Why/Inference/Concept, unless empty
};

// Bytes of a Group's or Table's name that count, with "…" after them if there are more: it stands in the
// name of each of its parameters.
inline constexpr std::size_t longest_owner = 256;

// One thread at a time.
class DetailsReader final : private XmlHandler {
 public:
  // Any bytes at all; of a document that is not well-formed, what stands before the error. Empty if
  // the root is no VOEvent, in whatever namespace. Throws std::bad_alloc when memory runs out. The
  // details stay until the next read() or the reader's end.
  const Details& read(std::string_view document);

 private:
  bool root(std::string_view local_name, std::string_view xml_namespace) override;
  void start(const Tag& tag) override;
  void text(std::string_view piece, bool cdata) override;
  void end() override;
  std::optional<std::string> attribute(const Tag& tag, Name name);

  XmlReader xml_{known_names};
  Details details_;
  std::size_t node_ = 0;           // in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // how deep in elements that the table lacks
  std::string text_;               // of the innermost element, if its text counts
  std::string owner_;              // the name of the Group or Table that we are in
  Parameter parameter_;            // the one that we are in
  Citation citation_;              // likewise
  std::string scratch_;
};

}  // namespace vtp
