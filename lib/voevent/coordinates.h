// Finds the right ascension and the declination in an event's two coordinates, if they are
// equatorial at all: STC uses the same elements for every system of coordinates (VOEvent 2.0,
// section 3.4; STC 1.30).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vtp {

// A position as it is in the event; a text is empty if the event does not have it.
struct Coordinates {
  std::optional<double> c1;     // Position2D/Value2/C1
  std::optional<double> c2;     // Position2D/Value2/C2
  std::string name1;            // Position2D/Name1
  std::string name2;            // Position2D/Name2
  std::string system;           // AstroCoords@coord_system_id
  std::string reference_frame;  // AstroCoordSystem/SpaceFrame/SpaceRefFrame (VOEvent 2.1)

  void clear() { *this = {}; }
};

struct Equatorial {
  std::optional<double> ra;
  std::optional<double> dec;

  bool operator==(const Equatorial&) const = default;
};

// The kind of a coordinate system, found from its identifier: "UTC-FK5-GEO", "TT-GALACTIC_II-TOPO".
enum class Frame {
  none,        // not given
  equatorial,  // one of its words is FK4, FK5, FK6, ICRS, ICRF, J2000, B1950, EQUATORIAL or EQ
  other,       // galactic, ecliptic, horizontal, of the Earth, the Sun, a planet
  unknown      // any other text
};

// Upper and lower case are the same.
[[nodiscard]] Frame frame_of(std::string_view identifier);

// Whether C1 is the declination and C2 the right ascension, by their names.
[[nodiscard]] bool has_dec_first(std::string_view name1, std::string_view name2);

// The position as right ascension and declination. Both are empty if a frame is not equatorial, or
// a name is not that of a right ascension or declination, or both names are for the same one. An
// unknown frame is ignored if the names are those of a right ascension and a declination. Without
// any frame and name, C1 is the right ascension. frame: AstroCoordSystem@id, empty if there is
// none. Any thread.
[[nodiscard]] Equatorial equatorial(const Coordinates& position, std::string_view frame);

}  // namespace vtp
