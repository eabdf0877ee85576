// Places on the sky: angles as people write them, distances, cones, and where an event was seen.
// All angles are in degrees; RA and Dec are those that the event gives, in whatever equinox.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/voevent/check.h"
#include "lib/voevent/details.h"
#include "lib/voevent/event.h"
#include "lib/voevent/observation.h"

namespace vtp {

struct SkyPoint {
  double ra = 0;   // 0 to 360
  double dec = 0;  // -90 to 90

  bool operator==(const SkyPoint&) const = default;
};

// A circle on the sky.
struct Cone {
  double ra = 0;      // of its centre, 0 to 360
  double dec = 0;     // -90 to 90
  double radius = 0;  // 0 to 180

  [[nodiscard]] SkyPoint centre() const { return {ra, dec}; }
  bool operator==(const Cone&) const = default;
};

// x points to RA 0, Dec 0; y to RA 90, Dec 0; z to the north pole. Any thread, as all in this file.
using UnitVector = std::array<double, 3>;
[[nodiscard]] UnitVector unit_vector(SkyPoint point);

// The angle between two places, 0 to 180. Accurate to 1e-13, also where they are nearly the same or
// nearly opposite.
[[nodiscard]] double separation(SkyPoint a, SkyPoint b);

// What computing rounds off: a place that is no further outside of a cone is on its edge.
inline constexpr double edge_of_cone = 1e-10;

// Whether the place is in the cone or on its edge, if it is that far from the centre.
[[nodiscard]] inline bool covers(const Cone& cone, double distance) {
  return distance <= cone.radius + edge_of_cone;
}

// The smallest and the largest x, y and z of all places in the cone, or a little more.
struct Box {
  UnitVector least;
  UnitVector most;
};
[[nodiscard]] Box box_around(const Cone& cone);

// Where an event was seen, and its radius of error, in degrees.
struct SkyPosition {
  SkyPoint point;
  std::optional<double> error;
};

// The event's position as RA and Dec: of Position2D, or else of Position3D. Its unit may be degrees
// (also if none is given), radians, hours, minutes or seconds of arc, and may differ between the
// axes ("h deg"). Nothing if the event has no position, or one that is not equatorial
// (coordinates.h), in another unit, or not on the sky. headline: the whole one.
[[nodiscard]] std::optional<SkyPosition> sky_position(const Headline& headline,
                                                      const Observation& observation);

// The same, of any bytes. One thread at a time.
class PositionReader {
 public:
  // Throws std::bad_alloc only.
  [[nodiscard]] std::optional<SkyPosition> read(std::string_view document) {
    const Headline& headline = checker_.check(document).headline;
    return sky_position(headline, details_.read(document).observation);
  }

 private:
  Checker checker_;
  DetailsReader details_;
};

// Angles as text; the problem is one line.
//     RA      "83.633", "83.633d" (degrees); "5h34m31.9s", "05:34:31.9", "05 34 31.9" (hours)
//     Dec     "22.0145", "-22.0145d", "+22d00m52s", "+22:00:52", "+22 00 52"
//     radius  "1.5", "1.5d" (degrees); "30m" or "30'" (minutes of arc); "10s" or 10" (seconds of
//             arc); "1d30m"
// "deg" is the same as "d", and ° ′ ″ may be used for d m s. Minutes and seconds are less than 60 if something stands before them.
[[nodiscard]] Result<double> parse_ra(std::string_view text);      // 0 to 360
[[nodiscard]] Result<double> parse_dec(std::string_view text);     // -90 to 90
[[nodiscard]] Result<double> parse_radius(std::string_view text);  // 0 to 180

// "RA,DEC,RADIUS", each as above; instead of a comma, spaces may separate them. A problem too if
// that can be read in several ways ("10 20 30 40").
[[nodiscard]] Result<Cone> parse_cone(std::string_view text);

// "05h34m31.94s" and "+22d00m52.2s".
[[nodiscard]] std::string ra_text(double ra);
[[nodiscard]] std::string dec_text(double dec);

// A radius or a distance, in the largest unit in which it is at least 1 as rounded: "1.50d", "3.00m", "12.0s".
[[nodiscard]] std::string radius_text(double radius);

}  // namespace vtp
