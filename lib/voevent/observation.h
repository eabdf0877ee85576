// Collects the time and the position of the observation from an event, whole and as they are in it
// (VOEvent 2.0, section 3.4), while the document is read; the headline has only what is needed at
// once. As there, elements are matched by local name, in any namespace, and if an element that may
// occur once occurs twice, the first one counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/voevent/coordinates.h"
#include "lib/xml/tag.h"

namespace vtp {

// Texts are without white space at their ends, and empty if the event does not have them. Numbers
// are there if the text is a number.
struct ObservationTime {
  std::string start;  // Time/TimeInterval/ISOTimeStart (VOEvent 2.1)
  std::string stop;   // Time/TimeInterval/ISOTimeStop (VOEvent 2.1)
  std::string scale;  // "UTC", "TT": TimeScale, or else the beginning of the frame's name
  std::optional<double> offset;  // Time/TimeInstant/TimeOffset
  std::optional<double> error;   // Time/Error
  std::string unit;              // Time@unit
};

struct Position {
  using Numbers = std::array<std::optional<double>, 3>;

  std::size_t dimensions = 0;        // 2 or 3
  std::array<std::string, 3> names;  // Name1 to Name3
  Numbers values;                    // C1 to C3 in Value2 or Value3
  Numbers errors;                    // C1 to C3 in Error2 or Error3
  std::array<std::string, 3> units;  // of each value: C1@pos_unit to C3@pos_unit (VOEvent 2.1)
  std::string unit;                  // Position2D@unit or Position3D@unit

  // Whether it has any value.
  [[nodiscard]] bool has_value() const;
};

struct Observation {
  ObservationTime time;
  Position flat;      // Position2D; its radius of error is in the headline
  Position deep;      // Position3D
  Equatorial on_sky;  // of `deep`, in its units (coordinates.h)
};

class ObservationReader {
 public:
  // Begins a new document. Empties the observation, which the caller owns.
  void reset(Observation& observation);

  // Called in document order, from the root on; text may come in pieces.
  void start(const Tag& tag);
  void text(std::string_view piece);
  void end();

 private:
  void read_attributes(const Tag& tag);
  void take_text();
  void finish();

  Observation* observation_ = nullptr;
  Coordinates system_;             // its frames
  std::string frame_;              // AstroCoordSystem@id
  std::string frame_scale_;        // TimeFrame/TimeScale
  std::size_t node_ = 0;           // index in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // depth in elements that are not in the table
  std::uint64_t visited_ = 0;      // one bit for each node
  std::string text_;               // of the innermost element
  std::string scratch_;
};

}  // namespace vtp
