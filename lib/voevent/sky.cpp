#include "lib/voevent/sky.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"
#include "lib/voevent/coordinates.h"
#include "lib/xml/datatype.h"

namespace vtp {
namespace {

constexpr double degree = std::numbers::pi / 180;  // in radians
constexpr double full_circle = 360;
constexpr double degrees_an_hour = 15;
constexpr double sixty = 60;

// Where an axis of the box ends: its cosines are rounded, and so are the vectors of places.
constexpr double box_margin = 1e-9;

double squared(double value) { return value * value; }

// The factor from a unit to degrees; nothing if it is none of an angle.
std::optional<double> degrees_in(std::string_view unit) {
  const std::string word = lower_case(unit);
  if (word.empty() || word == "deg" || word == "degree" || word == "degrees" || word == "d" ||
      word == "°")
    return 1;
  if (word == "rad" || word == "radian" || word == "radians") return 1 / degree;
  if (word == "h" || word == "hr" || word == "hour" || word == "hours" || word == "hourangle")
    return degrees_an_hour;
  if (word == "arcmin") return 1 / sixty;
  if (word == "arcsec") return 1 / squared(sixty);
  return std::nullopt;
}

// The unit of an axis, of "deg", which counts for all axes, or "deg deg Mpc" or "deg-deg".
std::string_view unit_of_axis(std::string_view unit, std::size_t axis) {
  constexpr std::string_view marks = " \t\n,-";
  std::string_view word;
  for (std::size_t i = 0; i <= axis; ++i) {
    const std::size_t begin = unit.find_first_not_of(marks);
    if (begin == std::string_view::npos) break;
    unit.remove_prefix(begin);
    word = unit.substr(0, unit.find_first_of(marks));
    unit.remove_prefix(word.size());
  }
  return word;
}

// unit: of the whole position, for an axis without one of its own.
std::optional<double> factor_of(const Position& position, std::string_view unit, std::size_t axis) {
  const std::string& own = position.units[axis];
  return degrees_in(own.empty() ? unit_of_axis(unit, axis) : std::string_view(own));
}

std::optional<SkyPoint> point_at(double ra, double dec) {
  if (std::abs(ra) > full_circle + edge_of_cone || std::abs(dec) > 90 + edge_of_cone)
    return std::nullopt;
  double turned = std::fmod(ra, full_circle);
  if (turned < 0) turned += full_circle;
  return SkyPoint{turned, std::clamp(dec, -90.0, 90.0)};
}

// What stands behind a part of an angle: its unit, or what separates it from the next part.
enum class Mark { none, hours, degrees, minutes, seconds, separator };

struct Angle {
  double value = 0;         // in hours or degrees
  Mark first = Mark::none;  // behind the first part
};

Mark take_mark(std::string_view& text) {
  struct Sign {
    std::string_view text;
    Mark mark;
  };
  static constexpr Sign signs[] = {
      {"h", Mark::hours},   {"deg", Mark::degrees}, {"d", Mark::degrees},
      {"°", Mark::degrees}, {"m", Mark::minutes},   {"'", Mark::minutes},
      {"′", Mark::minutes}, {"s", Mark::seconds},   {"\"", Mark::seconds},
      {"″", Mark::seconds}, {":", Mark::separator}, {" ", Mark::separator}};
  for (const Sign& sign : signs) {
    if (!text.starts_with(sign.text)) continue;
    text.remove_prefix(sign.text.size());
    while (sign.mark != Mark::separator && text.starts_with(' '))
      text.remove_prefix(1);
    return sign.mark;
  }
  return Mark::none;
}

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits =
      text.substr(0, std::min(text.find_first_not_of("0123456789."), text.size()));
  text.remove_prefix(digits.size());
  return digits;
}

// An angle without its sign: its parts in the order of their size, of which only the last may have
// a fraction.
std::optional<Angle> parse_angle(std::string_view text) {
  Angle angle;
  int next = 0;  // the largest part that may come: 0 hours or degrees, 1 minutes, 2 seconds
  for (bool is_first = true; !text.empty(); is_first = false) {
    const std::string_view digits = take_digits(text);
    const auto number = finite_number(digits);
    const Mark mark = take_mark(text);
    if (is_first) angle.first = mark;
    const bool has_unit = mark != Mark::none && mark != Mark::separator;
    const int part = !has_unit ? next : mark == Mark::minutes ? 1 : mark == Mark::seconds ? 2 : 0;
    const bool is_last = text.empty();
    if (!number || part < next || part > 2 || (!is_first && *number >= sixty)) return std::nullopt;
    if (is_last ? mark == Mark::separator
                : mark == Mark::none || digits.find('.') != std::string_view::npos)
      return std::nullopt;
    angle.value += part == 0 ? *number : part == 1 ? *number / sixty : *number / squared(sixty);
    next = part + 1;
  }
  return next > 0 ? std::optional(angle) : std::nullopt;
}

// RA, Dec and radius of a cone, as text.
using Parts = std::array<std::string_view, 3>;

// An angle has at most three words ("05 34 31.9").
constexpr std::size_t most_words = 9;

// The places at which a text may be divided: a comma with the spaces around it, or only spaces.
struct Gap {
  std::size_t begin;
  std::size_t end;
  bool has_comma;
};

std::vector<Gap> gaps_in(std::string_view text) {
  constexpr std::string_view spaces = " \t\r\n";
  std::vector<Gap> gaps;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_comma = text[at] == ',';
    if (!is_comma && spaces.find(text[at]) == std::string_view::npos) continue;
    if (!gaps.empty() && gaps.back().end == at && !(is_comma && gaps.back().has_comma)) {
      gaps.back().end = at + 1;
      gaps.back().has_comma = gaps.back().has_comma || is_comma;
    } else {
      gaps.push_back({at, at + 1, is_comma});
    }
  }
  return gaps;
}

// Commas always divide, spaces may: they may also stand in an angle.
std::vector<Parts> ways_to_divide(std::string_view text) {
  const std::vector<Gap> gaps = gaps_in(text);
  const auto commas = std::ranges::count_if(gaps, &Gap::has_comma);
  std::vector<Parts> ways;
  if (gaps.size() >= most_words || commas > 2) return ways;
  for (std::size_t first = 0; first < gaps.size(); ++first)
    for (std::size_t second = first + 1; second < gaps.size(); ++second)
      if (int{gaps[first].has_comma} + int{gaps[second].has_comma} == commas)
        ways.push_back({text.substr(0, gaps[first].begin),
                        text.substr(gaps[first].end, gaps[second].begin - gaps[first].end),
                        text.substr(gaps[second].end)});
  return ways;
}

Result<Cone> cone_of(const Parts& parts) {
  const auto ra = parse_ra(parts[0]);
  if (!ra) return Problem{ra.problem()};
  const auto dec = parse_dec(parts[1]);
  if (!dec) return Problem{dec.problem()};
  const auto radius = parse_radius(parts[2]);
  if (!radius) return Problem{radius.problem()};
  return Cone{*ra, *dec, *radius};
}

Result<double> in_range(double value, double least, double most, std::string_view text,
                        const char* what) {
  if (value < least || value > most)
    return Problem{fmt::format("{} {} is not in {} to {} degrees", what, text, least, most)};
  return value;
}

}  // namespace

UnitVector unit_vector(SkyPoint point) {
  const double ra = point.ra * degree;
  const double dec = point.dec * degree;
  return {std::cos(dec) * std::cos(ra), std::cos(dec) * std::sin(ra), std::sin(dec)};
}

// Vincenty's formula for a sphere.
double separation(SkyPoint a, SkyPoint b) {
  const double turn = (b.ra - a.ra) * degree;
  const double sin_a = std::sin(a.dec * degree);
  const double cos_a = std::cos(a.dec * degree);
  const double sin_b = std::sin(b.dec * degree);
  const double cos_b = std::cos(b.dec * degree);
  const double across =
      std::hypot(cos_b * std::sin(turn), cos_a * sin_b - sin_a * cos_b * std::cos(turn));
  return std::atan2(across, sin_a * sin_b + cos_a * cos_b * std::cos(turn)) / degree;
}

Box box_around(const Cone& cone) {
  const UnitVector centre = unit_vector(cone.centre());
  const double radius = std::min((cone.radius + edge_of_cone) * degree, std::numbers::pi);
  Box box{};
  for (std::size_t axis = 0; axis < centre.size(); ++axis) {
    const double angle = std::acos(std::clamp(centre[axis], -1.0, 1.0));  // from the axis
    box.most[axis] = angle <= radius ? 1 : std::cos(angle - radius) + box_margin;
    box.least[axis] =
        angle + radius >= std::numbers::pi ? -1 : std::cos(angle + radius) - box_margin;
  }
  return box;
}

std::optional<SkyPosition> sky_position(const Headline& headline, const Observation& observation) {
  const bool is_flat = headline.ra.has_value() || headline.dec.has_value() ||
                       observation.flat.has_value() || !observation.deep.has_value();
  const Position& position = is_flat ? observation.flat : observation.deep;
  const auto ra = is_flat ? headline.ra : observation.on_sky.ra;
  const auto dec = is_flat ? headline.dec : observation.on_sky.dec;
  if (!ra || !dec) return std::nullopt;
  const std::string& unit = is_flat ? headline.position_unit : position.unit;
  const std::size_t dec_axis = has_dec_first(position.names[0], position.names[1]) ? 0 : 1;
  const auto ra_factor = factor_of(position, unit, 1 - dec_axis);
  const auto dec_factor = factor_of(position, unit, dec_axis);
  if (!ra_factor || !dec_factor) return std::nullopt;
  const auto point = point_at(*ra * *ra_factor, *dec * *dec_factor);
  if (!point) return std::nullopt;
  SkyPosition found{*point, std::nullopt};
  if (headline.error_radius && is_flat && *headline.error_radius >= 0)
    found.error = *headline.error_radius * *dec_factor;
  return found;
}

Result<double> parse_ra(std::string_view text) {
  const auto angle = parse_angle(text);
  if (!angle || angle->first == Mark::minutes || angle->first == Mark::seconds)
    return Problem{fmt::format(
        "{} is not a right ascension, such as 83.633 (degrees), 5h34m31.9s or 05:34:31.9", text)};
  const bool in_hours = angle->first == Mark::hours || angle->first == Mark::separator;
  return in_range(angle->value * (in_hours ? degrees_an_hour : 1), 0, full_circle, text, "RA");
}

Result<double> parse_dec(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-') || rest.starts_with("−");
  if (negative)
    rest.remove_prefix(rest.starts_with('-') ? 1 : std::string_view("−").size());
  else if (rest.starts_with('+'))
    rest.remove_prefix(1);
  const auto angle = parse_angle(rest);
  if (!angle || angle->first == Mark::hours)
    return Problem{fmt::format(
        "{} is not a declination, such as 22.0145 (degrees), +22d00m52s or +22:00:52", text)};
  return in_range(negative ? -angle->value : angle->value, -90, 90, text, "Dec");
}

Result<double> parse_radius(std::string_view text) {
  const auto angle = parse_angle(text);
  if (!angle || angle->first == Mark::hours)
    return Problem{
        fmt::format("{} is not a radius, such as 1.5 (degrees), 30m or 30' (minutes of arc) or 10s "
                    "(seconds of arc)",
                    text)};
  return in_range(angle->value, 0, 180, text, "radius");
}

Result<Cone> parse_cone(std::string_view text) {
  const std::vector<Parts> ways = ways_to_divide(trimmed(text));
  std::optional<Cone> found;
  for (const Parts& parts : ways) {
    const auto cone = cone_of(parts);
    if (!cone && ways.size() == 1) return cone;
    if (cone && found)
      return Problem{
          fmt::format("{} can be read in several ways: put commas between RA, Dec and "
                      "radius",
                      text)};
    if (cone) found = *cone;
  }
  if (found) return *found;
  return Problem{fmt::format(
      "{} is not RA,DEC,RADIUS, such as 83.633,22.0145,1 or 5h34m31.9s,+22d00m52s,30m", text)};
}

std::string ra_text(double ra) {
  constexpr std::int64_t day = 24 * 3600 * 100;  // hundredths of a second
  const std::int64_t time = std::llround(ra / full_circle * static_cast<double>(day)) % day;
  return fmt::format("{:02}h{:02}m{:02}.{:02}s", time / 360'000, time / 6'000 % 60, time / 100 % 60,
                     time % 100);
}

std::string dec_text(double dec) {
  const std::int64_t angle = std::llround(std::abs(dec) * 36'000);  // tenths of a second of arc
  return fmt::format("{}{:02}d{:02}m{:02}.{}s", dec < 0 && angle != 0 ? '-' : '+', angle / 36'000,
                     angle / 600 % 60, angle / 10 % 60, angle % 10);
}

std::string radius_text(double radius) {
  const double minutes = radius * sixty;
  const double seconds = radius * squared(sixty);
  // Rounded first, so that there are neither 60.0s nor 60.00m.
  if (std::round(seconds * 10) < sixty * 10) return fmt::format("{:.1f}s", seconds);
  if (std::round(minutes * 100) < sixty * 100) return fmt::format("{:.2f}m", minutes);
  return fmt::format("{:.2f}d", radius);
}

}  // namespace vtp
