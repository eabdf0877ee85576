// Angles from people and from queries over the network: what is read is in its bounds, and is read again as it is
// written.
#include "lib/voevent/sky.h"

#include <cmath>

#include "tests/fuzz/fuzz.h"

using namespace vtp;
using fuzz::require;

namespace {

constexpr double ra_rounding = 15.0 * 0.0051 / 3600;
constexpr double dec_rounding = 0.051 / 3600;

void check_ra(double ra) {
  require(ra >= 0 && ra <= 360, "a right ascension has its bounds");
  const auto again = parse_ra(ra_text(ra));
  require(again && std::abs(std::remainder(*again - ra, 360)) < ra_rounding,
          "a right ascension is read as it is written", ra_text(ra));
}

void check_dec(double dec) {
  require(dec >= -90 && dec <= 90, "a declination has its bounds");
  const auto again = parse_dec(dec_text(dec));
  require(again && std::abs(*again - dec) < dec_rounding, "a declination is read as it is written",
          dec_text(dec));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  if (const auto ra = parse_ra(text)) check_ra(*ra);
  if (const auto dec = parse_dec(text)) check_dec(*dec);
  if (const auto radius = parse_radius(text))
    require(*radius >= 0 && *radius <= 180, "a radius has its bounds");
  if (const auto cone = parse_cone(text)) {
    check_ra(cone->ra);
    check_dec(cone->dec);
    require(covers(*cone, separation(cone->centre(), cone->centre())), "a cone has its centre");
    const Box box = box_around(*cone);
    const UnitVector centre = unit_vector(cone->centre());
    for (std::size_t axis = 0; axis < 3; ++axis)
      require(box.least[axis] <= centre[axis] && centre[axis] <= box.most[axis],
              "the box has the centre");
  }
  return 0;
}
