#include "lib/voevent/details.h"

#include <cstdint>
#include <utility>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

enum class What : std::uint8_t {
  nothing,
  description,
  reference,
  owner,
  parameter,
  value,
  citation,
  why,
  concept_text,
  inference,
  inference_name,
  inference_concept
};

// An element on the path to a detail, and which detail it is.
struct Node {
  std::size_t parent;
  Name name;
  What what = What::nothing;
};

// Each element comes after its parent and before its parent's next sibling.
constexpr Node nodes[] = {
    {0, Name::unknown},
    {0, known_name("VOEvent")},
    {1, known_name("What")},
    {2, known_name("Param"), What::parameter},
    {3, known_name("Value"), What::value},
    {3, known_name("Reference"), What::reference},
    {2, known_name("Group"), What::owner},
    {6, known_name("Param"), What::parameter},
    {7, known_name("Value"), What::value},
    {7, known_name("Reference"), What::reference},
    {6, known_name("Reference"), What::reference},
    {2, known_name("Table"), What::owner},
    {11, known_name("Param"), What::parameter},
    {12, known_name("Value"), What::value},
    {12, known_name("Reference"), What::reference},
    {11, known_name("Field")},
    {15, known_name("Reference"), What::reference},
    {11, known_name("Reference"), What::reference},
    {2, known_name("Reference"), What::reference},
    {1, known_name("Citations")},
    {19, known_name("EventIVORN"), What::citation},
    {1, known_name("Why"), What::why},
    {21, known_name("Concept"), What::concept_text},
    {21, known_name("Inference"), What::inference},
    {23, known_name("Name"), What::inference_name},
    {23, known_name("Concept"), What::inference_concept},
    {23, known_name("Reference"), What::reference},
    {21, known_name("Reference"), What::reference},
    {1, known_name("Who")},
    {28, known_name("Reference"), What::reference},
    {1, known_name("WhereWhen")},
    {30, known_name("Reference"), What::reference},
    {1, known_name("How")},
    {32, known_name("Reference"), What::reference},
    {1, known_name("Reference"), What::reference},
    {1, known_name("Description"), What::description},
};

// The child of VOEvent that has this element, or is it.
std::size_t section_of(std::size_t node) {
  while (nodes[node].parent > 1)
    node = nodes[node].parent;
  return node;
}

bool has_text(What what) {
  switch (what) {
    case What::description:
    case What::value:
    case What::citation:
    case What::concept_text:
    case What::inference_name:
    case What::inference_concept:
      return true;
    default:
      return false;
  }
}

}  // namespace

const Details& DetailsReader::read(std::string_view document) {
  details_ = {};
  observation_.reset(details_.observation);
  owner_.clear();
  node_ = 0;
  depth_outside_ = 0;
  xml_.read(document, *this);
  return details_;
}

bool DetailsReader::root(std::string_view local_name, std::string_view) {
  return local_name == text_of(known_name("VOEvent"));
}

void DetailsReader::start(const Tag& tag) {
  observation_.start(tag);
  enter(tag);
}

void DetailsReader::enter(const Tag& tag) {
  const bool ours = tag.space == Space::none || tag.space == Space::root;
  std::size_t next = 0;
  if (depth_outside_ == 0 && ours && tag.name != Name::unknown)
    for (std::size_t i = node_ + 1; i < std::size(nodes) && nodes[i].parent >= node_; ++i)
      if (nodes[i].parent == node_ && nodes[i].name == tag.name) {
        next = i;
        break;
      }
  if (next == 0) {
    ++depth_outside_;
    return;
  }
  node_ = next;
  text_.clear();
  switch (nodes[node_].what) {
    case What::owner:
      owner_ = bounded(text_in(tag, known_name("name")), longest_owner);
      break;
    case What::parameter:
      parameter_ = {text_in(tag, known_name("name")), text_in(tag, known_name("dataType")),
                    attribute(tag, known_name("value")), text_in(tag, known_name("unit")),
                    text_in(tag, known_name("ucd"))};
      break;
    case What::citation:
      citation_ = {"", text_in(tag, known_name("cite"))};
      break;
    case What::why:
      if (!details_.importance)
        details_.importance = finite_number(text_in(tag, known_name("importance")));
      if (details_.expires.empty()) details_.expires = text_in(tag, known_name("expires"));
      break;
    case What::inference:
      inference_ = {{},
                    {},
                    finite_number(text_in(tag, known_name("probability"))),
                    text_in(tag, known_name("relation"))};
      break;
    case What::reference:
      if (Reference found = reference(tag); !found.uri.empty())
        details_.references.push_back(std::move(found));
      break;
    default:
      break;
  }
}

void DetailsReader::text(std::string_view piece, bool) {
  observation_.text(piece);
  if (depth_outside_ == 0 && has_text(nodes[node_].what)) text_ += piece;
}

void DetailsReader::end() {
  observation_.end();
  leave();
}

void DetailsReader::leave() {
  if (depth_outside_ > 0) {
    --depth_outside_;
    return;
  }
  const std::string_view text = trimmed(text_);
  switch (nodes[node_].what) {
    case What::description:
      if (details_.description.empty()) details_.description = text;
      break;
    case What::owner:
      owner_.clear();
      break;
    case What::value:
      if (!parameter_.value) parameter_.value = text;
      break;
    case What::parameter:
      if (parameter_.name.empty()) break;
      if (!owner_.empty()) parameter_.name.insert(0, owner_ + ".");
      details_.parameters.push_back(std::move(parameter_));
      break;
    case What::citation:
      citation_.ivorn = text;
      if (!text.empty()) details_.citations.push_back(std::move(citation_));
      break;
    case What::concept_text:
      if (!text.empty()) details_.concepts.emplace_back(text);
      break;
    case What::inference_name:
      if (!text.empty()) inference_.names.emplace_back(text);
      break;
    case What::inference_concept:
      if (text.empty()) break;
      details_.concepts.emplace_back(text);
      inference_.concepts.emplace_back(text);
      break;
    case What::inference:
      details_.inferences.push_back(std::move(inference_));
      break;
    default:
      break;
  }
  node_ = nodes[node_].parent;
  text_.clear();
}

Reference DetailsReader::reference(const Tag& tag) {
  Reference found{text_in(tag, known_name("uri")),
                  text_in(tag, known_name("name")),
                  text_in(tag, known_name("type")),
                  text_in(tag, known_name("mimetype")),
                  text_in(tag, known_name("meaning")),
                  {},
                  {}};
  const std::size_t section = section_of(node_);
  if (section != node_) found.section = text_of(nodes[section].name);
  if (nodes[nodes[node_].parent].what == What::parameter && !parameter_.name.empty())
    found.parameter =
        bounded(owner_.empty() ? parameter_.name : owner_ + "." + parameter_.name, longest_owner);
  return found;
}

// The attribute's value, with white space trimmed.
std::optional<std::string> DetailsReader::attribute(const Tag& tag, Name name) {
  for (const TagAttribute& attribute : tag.attributes)
    if (attribute.space == Space::none && attribute.name == name)
      return std::string(trimmed(attribute.value(scratch_)));
  return std::nullopt;
}

// Empty if there is none.
std::string DetailsReader::text_in(const Tag& tag, Name name) {
  return attribute(tag, name).value_or("");
}

}  // namespace vtp
