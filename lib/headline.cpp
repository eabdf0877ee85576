#include "lib/headline.h"

#include <optional>

#include "lib/characters.h"
#include "lib/datatype.h"
#include "lib/text.h"

namespace vtp {
namespace {

// An element on the way to a field, and the field that its text or one of its attributes is.
struct Place {
  std::size_t parent;
  Name name;
  std::string Headline::*text = nullptr;
  std::optional<double> Headline::*number = nullptr;
  Name attribute = Name::unknown;
  std::string Headline::*attribute_text = nullptr;
};

constexpr Place places[] = {
    {0, Name::unknown},
    {0, known_name("VOEvent")},  // its attributes are read in read_attributes
    {1, known_name("Who")},
    {2, known_name("AuthorIVORN"), &Headline::author},
    {2, known_name("Date"), &Headline::date},
    {1, known_name("WhereWhen")},
    {5, known_name("ObsDataLocation")},
    {6, known_name("ObservationLocation")},
    {7, known_name("AstroCoordSystem"), nullptr, nullptr, known_name("id"), &Headline::frame},
    {7, known_name("AstroCoords")},
    {9, known_name("Time")},
    {10, known_name("TimeInstant")},
    {11, known_name("ISOTime"), &Headline::event_time},
    {9, known_name("Position2D"), nullptr, nullptr, known_name("unit"), &Headline::position_unit},
    {13, known_name("Value2")},
    {14, known_name("C1"), nullptr, &Headline::ra},
    {14, known_name("C2"), nullptr, &Headline::dec},
    {13, known_name("Error2Radius"), nullptr, &Headline::error_radius},
};
static_assert(std::size(places) <= 32);  // HeadlineReader::visited_

}  // namespace

void HeadlineReader::reset(Headline& headline) {
  headline_ = &headline;
  headline.clear();
  place_ = 0;
  depth_outside_ = 0;
  visited_ = 0;
  wants_text_ = false;
}

void HeadlineReader::start(const Tag& tag) {
  if (depth_outside_ == 0 && (tag.space == Space::none || tag.space == Space::voevent)) {
    for (std::size_t i = place_ + 1; i < std::size(places); ++i) {
      if (places[i].parent != place_ || places[i].name != tag.name) continue;
      if ((visited_ >> i & 1) != 0) break;
      visited_ |= std::uint32_t{1} << i;
      place_ = i;
      wants_text_ = places[i].text != nullptr || places[i].number != nullptr;
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
  const Place& place = places[place_];
  if (place.text != nullptr)
    headline_->*place.text = bounded(trimmed(text_), longest_headline_text);
  if (place.number != nullptr) headline_->*place.number = finite_number(trimmed(text_));
  place_ = place.parent;
  wants_text_ = false;
}

void HeadlineReader::read_attributes(const Tag& tag) {
  const Place& place = places[place_];
  const bool root = place.parent == 0;
  if (root) headline_->role = "observation";
  if (!root && place.attribute_text == nullptr) return;
  for (const TagAttribute& attribute : tag.attributes) {
    if (attribute.space != Space::none || attribute.name == Name::unknown) continue;
    const auto read_into = [&](std::string& field) {
      field = bounded(trimmed(attribute.value(scratch_)), longest_headline_text);
    };
    if (!root) {
      if (attribute.name == place.attribute) read_into(headline_->*place.attribute_text);
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
