#include "lib/voevent/details.h"

#include <cstdint>
#include <utility>

#include "lib/base/characters.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

enum class What : std::uint8_t { nothing, owner, parameter, value, citation, concept_text };

// An element on the path to a detail, and which detail it is.
struct Node {
  std::size_t parent;
  Name name;
  What what = What::nothing;
};

constexpr Node nodes[] = {
    {0, Name::unknown},
    {0, known_name("VOEvent")},
    {1, known_name("What")},
    {2, known_name("Param"), What::parameter},
    {3, known_name("Value"), What::value},
    {2, known_name("Group"), What::owner},
    {5, known_name("Param"), What::parameter},
    {6, known_name("Value"), What::value},
    {2, known_name("Table"), What::owner},
    {8, known_name("Param"), What::parameter},
    {9, known_name("Value"), What::value},
    {1, known_name("Citations")},
    {11, known_name("EventIVORN"), What::citation},
    {1, known_name("Why")},
    {13, known_name("Concept"), What::concept_text},
    {13, known_name("Inference")},
    {15, known_name("Concept"), What::concept_text},
};

bool has_text(What what) {
  return what == What::value || what == What::citation || what == What::concept_text;
}

}  // namespace

const Details& DetailsReader::read(std::string_view document) {
  details_ = {};
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
  const bool ours = tag.space == Space::none || tag.space == Space::root;
  std::size_t next = std::size(nodes);
  if (depth_outside_ == 0 && ours)
    for (next = node_ + 1; next < std::size(nodes); ++next)
      if (nodes[next].parent == node_ && nodes[next].name == tag.name) break;
  if (next == std::size(nodes)) {
    ++depth_outside_;
    return;
  }
  node_ = next;
  text_.clear();
  switch (nodes[node_].what) {
    case What::owner:
      owner_ = bounded(attribute(tag, known_name("name")).value_or(""), longest_owner);
      break;
    case What::parameter:
      parameter_ = {attribute(tag, known_name("name")).value_or(""),
                    attribute(tag, known_name("dataType")).value_or(""),
                    attribute(tag, known_name("value"))};
      break;
    case What::citation:
      citation_ = {"", attribute(tag, known_name("cite")).value_or("")};
      break;
    default:
      break;
  }
}

void DetailsReader::text(std::string_view piece, bool) {
  if (depth_outside_ == 0 && has_text(nodes[node_].what)) text_ += piece;
}

void DetailsReader::end() {
  if (depth_outside_ > 0) {
    --depth_outside_;
    return;
  }
  const std::string_view text = trimmed(text_);
  switch (nodes[node_].what) {
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
    case What::nothing:
      break;
  }
  node_ = nodes[node_].parent;
}

// The attribute's value, with white space trimmed.
std::optional<std::string> DetailsReader::attribute(const Tag& tag, Name name) {
  for (const TagAttribute& attribute : tag.attributes)
    if (attribute.space == Space::none && attribute.name == name)
      return std::string(trimmed(attribute.value(scratch_)));
  return std::nullopt;
}

}  // namespace vtp
