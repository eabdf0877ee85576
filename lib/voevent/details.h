// Reads an event's content beyond the headline, for output in other forms such as JSON: parameters,
// citations, concepts, inferences, references, and the whole time and position of the observation.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/voevent/names.h"
#include "lib/voevent/observation.h"
#include "lib/xml/tag.h"
#include "lib/xml/xml_reader.h"

namespace vtp {

// A Param in What, or in a Group or Table in What (VOEvent 2.0, section 3.3).
struct Parameter {
  std::string name;       // "trigger_id"; in a Group or Table with a name, "group.trigger_id"
  std::string data_type;  // Param@dataType; empty if absent, which means string
  std::optional<std::string> value;  // Param@value, or else Param/Value; white space trimmed
  std::string unit;                  // Param@unit
  std::string ucd;                   // Param@ucd
};

// A Citations/EventIVORN (section 3.7).
struct Citation {
  std::string ivorn;
  std::string cite;  // EventIVORN@cite: "followup", "supersedes", "retraction"
};

// A Why/Inference (section 3.6).
struct Inference {
  std::vector<std::string> names;     // Inference/Name, if not empty
  std::vector<std::string> concepts;  // Inference/Concept, if not empty
  std::optional<double> probability;  // if it is a number
  std::string relation;
};

// A Reference, wherever it may stand (section 3.9).
struct Reference {
  std::string uri;
  std::string name;  // only VOEvent 1.1 has it
  std::string type;
  std::string mimetype;
  std::string meaning;
  std::string_view section;  // the child of VOEvent in which it stands: "How"; empty: none
  std::string parameter;  // the name of the Param in which it stands, at most longest_owner bytes
};

// All lists are in document order.
struct Details {
  std::vector<Parameter> parameters;  // only those with a name
  std::vector<Citation> citations;    // only those with an ivorn
  std::vector<std::string> concepts;  // Why/Concept and Why/Inference/Concept, if not empty
  std::vector<Inference> inferences;
  std::vector<Reference> references;  // only those with a uri
  std::string description;            // VOEvent/Description, the first one that is not empty
  std::optional<double> importance;   // Why@importance, if it is a number
  std::string expires;                // Why@expires
  Observation observation;
};

// Limit for the bytes of a Group's or Table's name, since it is repeated in the name of each of its
// parameters, and of a Param's name where it is repeated for its references; a longer name is cut and
// ends with "…".
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
  void enter(const Tag& tag);
  void leave();
  void start(const Tag& tag) override;
  void text(std::string_view piece, bool cdata) override;
  void end() override;
  std::optional<std::string> attribute(const Tag& tag, Name name);
  std::string text_in(const Tag& tag, Name name);
  [[nodiscard]] Reference reference(const Tag& tag);

  XmlReader xml_{known_names};
  Details details_;
  ObservationReader observation_;
  std::size_t node_ = 0;           // index in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // depth in elements that are not in the table
  std::string text_;               // of the innermost element, if its text is needed
  std::string owner_;              // the name of the current Group or Table
  Parameter parameter_;            // the current one
  Citation citation_;              // the current one
  Inference inference_;            // the current one
  std::string scratch_;
};

}  // namespace vtp
