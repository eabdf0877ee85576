#include "lib/voevent/observation.h"

#include <algorithm>
#include <iterator>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/names.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

// What the text of an element, or one of its attributes, gives.
enum class Gives : std::uint8_t {
  nothing,
  frame,        // AstroCoordSystem@id
  frame_scale,  // TimeFrame/TimeScale
  reference_frame,
  system,     // AstroCoords@coord_system_id
  time_unit,  // Time@unit
  start,
  stop,
  scale,
  offset,
  time_error,
  position_unit,  // Position2D@unit, Position3D@unit
  name,
  value,  // and its @pos_unit
  error
};

// An element on the path to a part of the observation.
struct Node {
  std::size_t parent;
  Name name;
  Gives gives = Gives::nothing;
  std::size_t axis = 0;  // 0 to 2, for C1 to C3
};

// Each element comes after its parent and before its parent's next sibling.
constexpr Node nodes[] = {
    {0, Name::unknown},
    {0, known_name("VOEvent")},
    {1, known_name("WhereWhen")},
    {2, known_name("ObsDataLocation")},
    {3, known_name("ObservationLocation")},
    {4, known_name("AstroCoordSystem"), Gives::frame},
    {5, known_name("TimeFrame")},
    {6, known_name("TimeScale"), Gives::frame_scale},
    {5, known_name("SpaceFrame")},
    {8, known_name("SpaceRefFrame"), Gives::reference_frame},
    {4, known_name("AstroCoords"), Gives::system},
    {10, known_name("Time"), Gives::time_unit},
    {11, known_name("TimeInstant")},
    {12, known_name("TimeOffset"), Gives::offset},
    {12, known_name("TimeScale"), Gives::scale},
    {11, known_name("TimeInterval")},
    {15, known_name("ISOTimeStart"), Gives::start},
    {15, known_name("ISOTimeStop"), Gives::stop},
    {11, known_name("Error"), Gives::time_error},
    {10, known_name("Position2D"), Gives::position_unit},
    {19, known_name("Name1"), Gives::name, 0},
    {19, known_name("Name2"), Gives::name, 1},
    {19, known_name("Value2")},
    {22, known_name("C1"), Gives::value, 0},
    {22, known_name("C2"), Gives::value, 1},
    {19, known_name("Error2")},
    {25, known_name("C1"), Gives::error, 0},
    {25, known_name("C2"), Gives::error, 1},
    {10, known_name("Position3D"), Gives::position_unit},
    {28, known_name("Name1"), Gives::name, 0},
    {28, known_name("Name2"), Gives::name, 1},
    {28, known_name("Name3"), Gives::name, 2},
    {28, known_name("Value3")},
    {32, known_name("C1"), Gives::value, 0},
    {32, known_name("C2"), Gives::value, 1},
    {32, known_name("C3"), Gives::value, 2},
    {28, known_name("Error3")},
    {36, known_name("C1"), Gives::error, 0},
    {36, known_name("C2"), Gives::error, 1},
    {36, known_name("C3"), Gives::error, 2},
};
constexpr std::size_t location = 4;        // at its end the position and its frame are complete
constexpr std::size_t first_of_deep = 28;  // Position3D and what is in it
static_assert(std::size(nodes) <= 64);     // ObservationReader::visited_

// The names of time scales in those of frames: "UTC-FK5-GEO" (STC 1.30; IVOA's vocabulary timescale).
constexpr auto scales = std::to_array<std::string_view>(
    {"ET", "GMT", "GPS", "IAT", "LOCAL", "TAI", "TCB", "TCG", "TDB", "TDT", "TT", "UT1", "UTC"});

std::string scale_in(std::string_view frame) {
  const std::string_view first = frame.substr(0, frame.find('-'));
  return std::ranges::find(scales, first) != scales.end() ? std::string(first) : std::string();
}

}  // namespace

bool Position::has_value() const {
  return std::ranges::any_of(values, [](const auto& value) { return value.has_value(); });
}

void ObservationReader::reset(Observation& observation) {
  observation_ = &observation;
  observation = {};
  observation.flat.dimensions = 2;
  observation.deep.dimensions = 3;
  system_.clear();
  frame_.clear();
  frame_scale_.clear();
  node_ = 0;
  depth_outside_ = 0;
  visited_ = 0;
}

void ObservationReader::start(const Tag& tag) {
  if (depth_outside_ == 0 && tag.name != Name::unknown) {
    for (std::size_t i = node_ + 1; i < std::size(nodes) && nodes[i].parent >= node_; ++i) {
      if (nodes[i].parent != node_ || nodes[i].name != tag.name) continue;
      if ((visited_ >> i & 1) != 0) break;
      visited_ |= std::uint64_t{1} << i;
      node_ = i;
      text_.clear();
      read_attributes(tag);
      return;
    }
  }
  ++depth_outside_;
}

void ObservationReader::text(std::string_view piece) {
  if (depth_outside_ == 0 && nodes[node_].gives != Gives::nothing) text_ += piece;
}

void ObservationReader::end() {
  if (depth_outside_ > 0) {
    --depth_outside_;
    return;
  }
  take_text();
  if (node_ == location) finish();
  node_ = nodes[node_].parent;
  text_.clear();
}

void ObservationReader::read_attributes(const Tag& tag) {
  const auto read = [&](Name name, std::string& text) {
    for (const TagAttribute& attribute : tag.attributes)
      if (attribute.space == Space::none && attribute.name == name)
        text = trimmed(attribute.value(scratch_));
  };
  const Node& node = nodes[node_];
  Position& position = node_ < first_of_deep ? observation_->flat : observation_->deep;
  switch (node.gives) {
    case Gives::frame:
      return read(known_name("id"), frame_);
    case Gives::system:
      return read(known_name("coord_system_id"), system_.system);
    case Gives::time_unit:
      return read(known_name("unit"), observation_->time.unit);
    case Gives::position_unit:
      return read(known_name("unit"), position.unit);
    case Gives::value:
      return read(known_name("pos_unit"), position.units[node.axis]);
    default:
      return;
  }
}

void ObservationReader::take_text() {
  const std::string_view text = trimmed(text_);
  const Node& node = nodes[node_];
  ObservationTime& time = observation_->time;
  Position& position = node_ < first_of_deep ? observation_->flat : observation_->deep;
  switch (node.gives) {
    case Gives::frame_scale:
      frame_scale_ = text;
      return;
    case Gives::reference_frame:
      system_.reference_frame = text;
      return;
    case Gives::start:
      time.start = text;
      return;
    case Gives::stop:
      time.stop = text;
      return;
    case Gives::scale:
      time.scale = text;
      return;
    case Gives::offset:
      time.offset = finite_number(text);
      return;
    case Gives::time_error:
      time.error = finite_number(text);
      return;
    case Gives::name:
      position.names[node.axis] = text;
      return;
    case Gives::value:
      position.values[node.axis] = finite_number(text);
      return;
    case Gives::error:
      position.errors[node.axis] = finite_number(text);
      return;
    default:
      return;
  }
}

// Called at the end of the location, since the frame may come before or after the rest.
void ObservationReader::finish() {
  const Position& deep = observation_->deep;
  system_.c1 = deep.values[0];
  system_.c2 = deep.values[1];
  system_.name1 = deep.names[0];
  system_.name2 = deep.names[1];
  observation_->on_sky = equatorial(system_, frame_);
  std::string& scale = observation_->time.scale;
  if (scale.empty()) scale = frame_scale_;
  if (scale.empty()) scale = scale_in(frame_);
  if (scale.empty()) scale = scale_in(system_.system);
}

}  // namespace vtp
