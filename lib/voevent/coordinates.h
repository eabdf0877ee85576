// Which of an event's two coordinates is the right ascension and which the declination, if they are those
// at all: STC has one form for every system of coordinates (VOEvent 2.0, section 3.4; STC 1.30).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vtp {

// A position as an event has it; a text is empty where the event does not say it.
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

// A system of coordinates, by its identifier: "UTC-FK5-GEO", "TT-GALACTIC_II-TOPO".
enum class Frame {
  none,        // nothing is said
  equatorial,  // FK4, FK5, FK6, ICRS, ICRF, J2000, B1950, EQUATORIAL or EQ is a word of it
  other,       // galactic, ecliptic, horizontal, of the Earth, the Sun, a planet
  unknown      // any other text
};

// In whatever case.
[[nodiscard]] Frame frame_of(std::string_view identifier);

// The position as right ascension and declination; neither where a frame is not equatorial, or a name is
// not that of a right ascension or declination, or both are the same one. An unknown frame does not count
// if the two names say that they are. Without any frame and name, C1 is the right ascension.
// frame: AstroCoordSystem@id, empty if there is none. Any thread.
[[nodiscard]] Equatorial equatorial(const Coordinates& position, std::string_view frame);

}  // namespace vtp
