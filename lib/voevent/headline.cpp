#include "lib/voevent/headline.h"

#include <optional>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

// An element on the path to a field, and the field that its text or one of its attributes gives; or
// the part of the position that it gives, from which fields are computed.
struct Node {
  std::size_t parent;
  Name name;
  std::string Headline::*text = nullptr;
  std::optional<double> Headline::*number = nullptr;
  Name attribute = Name::unknown;
  std::string Headline::*attribute_text = nullptr;
  std::string Coordinates::*of_position = nullptr;  // the attribute's text, or else the element's
  std::optional<double> Coordinates::*coordinate = nullptr;
};

constexpr Node part_of_position(std::size_t parent, Name name, std::string Coordinates::*part,
                                Name attribute = Name::unknown) {
  return {parent, name, nullptr, nullptr, attribute, nullptr, part, nullptr};
}
constexpr Node coordinate(std::size_t parent, Name name,
                          std::optional<double> Coordinates::*which) {
  return {parent, name, nullptr, nullptr, Name::unknown, nullptr, nullptr, which};
}

constexpr Node nodes[] = {
    {0, Name::unknown},
    {0, known_name("VOEvent")},  // its attributes are read in read_attributes
    {1, known_name("Who")},
    {2, known_name("AuthorIVORN"), &Headline::author},
    {2, known_name("Date"), &Headline::date},
    {1, known_name("WhereWhen")},
    {5, known_name("ObsDataLocation")},
    {6, known_name("ObservationLocation")},
    {7, known_name("AstroCoordSystem"), nullptr, nullptr, known_name("id"), &Headline::frame},
    part_of_position(7, known_name("AstroCoords"), &Coordinates::system,
                     known_name("coord_system_id")),
    {9, known_name("Time")},
    {10, known_name("TimeInstant")},
    {11, known_name("ISOTime"), &Headline::event_time},
    {9, known_name("Position2D"), nullptr, nullptr, known_name("unit"), &Headline::position_unit},
    {13, known_name("Value2")},
    coordinate(14, known_name("C1"), &Coordinates::c1),
    coordinate(14, known_name("C2"), &Coordinates::c2),
    {13, known_name("Error2Radius"), nullptr, &Headline::error_radius},
    part_of_position(13, known_name("Name1"), &Coordinates::name1),
    part_of_position(13, known_name("Name2"), &Coordinates::name2),
    {8, known_name("SpaceFrame")},
    part_of_position(20, known_name("SpaceRefFrame"), &Coordinates::reference_frame),
};
constexpr std::size_t location = 7;     // at its end the position and its frame are complete
static_assert(std::size(nodes) <= 32);  // HeadlineReader::visited_

bool has_text(const Node& node) {
  const bool is_part = node.of_position != nullptr && node.attribute == Name::unknown;
  return node.text != nullptr || node.number != nullptr || is_part || node.coordinate != nullptr;
}

}  // namespace

void HeadlineReader::reset(Headline& headline) {
  headline_ = &headline;
  headline.clear();
  position_.clear();
  node_ = 0;
  depth_outside_ = 0;
  visited_ = 0;
  wants_text_ = false;
}

void HeadlineReader::start(const Tag& tag) {
  if (depth_outside_ == 0) {
    for (std::size_t i = node_ + 1; i < std::size(nodes); ++i) {
      if (nodes[i].parent != node_ || nodes[i].name != tag.name) continue;
      if ((visited_ >> i & 1) != 0) break;
      visited_ |= std::uint32_t{1} << i;
      node_ = i;
      wants_text_ = has_text(nodes[i]);
      text_.clear();
      read_attributes(tag);
      return;
    }
  }
  ++depth_outside_;
}

void HeadlineReader::end() {
  if (depth_outside_ > 0) {
    --depth_outside_;
    return;
  }
  const Node& node = nodes[node_];
  if (node.text != nullptr) headline_->*node.text = bounded(trimmed(text_), longest_headline_text);
  if (node.number != nullptr) headline_->*node.number = finite_number(trimmed(text_));
  if (node.of_position != nullptr && node.attribute == Name::unknown)
    position_.*node.of_position = bounded(trimmed(text_), longest_headline_text);
  if (node.coordinate != nullptr) position_.*node.coordinate = finite_number(trimmed(text_));
  if (node_ == location) place_on_sky();
  node_ = node.parent;
  wants_text_ = false;
}

// Called at the end of the location, since the frame may come before or after the position.
void HeadlineReader::place_on_sky() {
  if (headline_->frame.empty()) headline_->frame = position_.system;
  if (headline_->frame.empty()) headline_->frame = position_.reference_frame;
  const auto [ra, dec] = equatorial(position_, headline_->frame);
  headline_->ra = ra;
  headline_->dec = dec;
}

void HeadlineReader::read_attributes(const Tag& tag) {
  const Node& node = nodes[node_];
  const bool root = node.parent == 0;
  if (root) headline_->role = "observation";
  if (!root && node.attribute == Name::unknown) return;
  for (const TagAttribute& attribute : tag.attributes) {
    if (attribute.space != Space::none || attribute.name == Name::unknown) continue;
    const auto read_into = [&](std::string& field) {
      field = bounded(trimmed(attribute.value(scratch_)), longest_headline_text);
    };
    if (!root) {
      if (attribute.name != node.attribute) continue;
      read_into(node.of_position != nullptr ? position_.*node.of_position
                                            : headline_->*node.attribute_text);
    } else if (attribute.name == known_name("ivorn")) {
      read_into(headline_->ivorn);
    } else if (attribute.name == known_name("role")) {
      read_into(headline_->role);
    } else if (attribute.name == known_name("version")) {
      read_into(headline_->version);
    }
  }
}

}  // namespace vtp
