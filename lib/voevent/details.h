// Reads an event's content beyond the headline: parameters, citations and concepts, for output in
// other forms such as JSON.
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

// A Param in What, or in a Group or Table in What (VOEvent 2.0, section 3.3).
struct Parameter {
  std::string name;       // "trigger_id"; in a Group or Table with a name, "group.trigger_id"
  std::string data_type;  // Param@dataType; empty if absent, which means string
  std::optional<std::string> value;  // Param@value, or else Param/Value; white space trimmed
};

// A Citations/EventIVORN (section 3.7).
struct Citation {
  std::string ivorn;
  std::string cite;  // EventIVORN@cite: "followup", "supersedes", "retraction"
};

// All lists are in document order.
struct Details {
  std::vector<Parameter> parameters;  // only those with a name
  std::vector<Citation> citations;    // only those with an ivorn
  std::vector<std::string> concepts;  // Why/Concept and Why/Inference/Concept, if not empty
};

// Limit for the bytes of a Group's or Table's name, since it is repeated in the name of each of its
// parameters; a longer name is cut and ends with "…".
inline constexpr std::size_t longest_owner = 256;

// One thread at a time.
class DetailsReader final : private XmlHandler {
 public:
  // Takes any bytes. For a document that is not well-formed, gives what comes before the error.
  // Empty if the root is not named VOEvent, in any namespace. Throws std::bad_alloc when memory
  // runs out. The details are valid until the next read() or the destructor.
  const Details& read(std::string_view document);

 private:
  bool root(std::string_view local_name, std::string_view xml_namespace) override;
  void start(const Tag& tag) override;
  void text(std::string_view piece, bool cdata) override;
  void end() override;
  std::optional<std::string> attribute(const Tag& tag, Name name);

  XmlReader xml_{known_names};
  Details details_;
  std::size_t node_ = 0;           // index in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // depth in elements that are not in the table
  std::string text_;               // of the innermost element, if its text is needed
  std::string owner_;              // the name of the current Group or Table
  Parameter parameter_;            // the current one
  Citation citation_;              // the current one
  std::string scratch_;
};

}  // namespace vtp
