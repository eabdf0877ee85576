#include "lib/voevent/coordinates.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

namespace vtp {
namespace {

using Words = std::span<const std::string_view>;

constexpr auto equatorial_words = std::to_array<std::string_view>(
    {"FK4", "FK5", "FK6", "ICRS", "ICRF", "J2000", "B1950", "EQUATORIAL", "EQ"});

// From STC's frames and from common usage. These are checked first, because the name of an ecliptic
// frame may contain an equinox such as J2000.
constexpr auto other_words = std::to_array<std::string_view>(
    {"GALACTIC",   "GAL",        "SUPER",        "SUPERGALACTIC", "SGAL", "ECLIPTIC", "ECL",
     "AZ",         "AZEL",       "ALTAZ",        "AZALT",         "ALT",  "EL",       "HORIZON",
     "HORIZONTAL", "BODY",       "GEOC",         "GEOD",          "MAG",  "GSE",      "GSM",
     "SM",         "HGC",        "HGS",          "HEEQ",          "HRTN", "HPC",      "HPR",
     "HCC",        "CARRINGTON", "HELIOGRAPHIC", "GEOGRAPHIC"});

// The leading letters of a name.
constexpr auto ra_words =
    std::to_array<std::string_view>({"RA", "RAJ", "RAB", "RIGHT", "RIGHTASCENSION", "ALPHA"});
constexpr auto dec_words = std::to_array<std::string_view>(
    {"DEC", "DE", "DEJ", "DEB", "DECJ", "DECB", "DECL", "DECLINATION", "DELTA"});

enum class Axis { none, ra, dec, other };

bool is_word(unsigned char c) { return std::isalnum(c) != 0; }

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  std::ranges::transform(capitals, capitals.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return capitals;
}

bool is_one_of(std::string_view word, Words words) {
  return std::ranges::find(words, word) != words.end();
}

bool has_word(std::string_view text, Words words) {
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, is_word) - text.begin();
    if (is_one_of(text.substr(0, static_cast<std::size_t>(end)), words)) return true;
    text.remove_prefix(std::min(static_cast<std::size_t>(end) + 1, text.size()));
  }
  return false;
}

// Understands "RA", "RA (J2000)", "RAJ2000", "Dec", "Declination", "right ascension".
Axis axis_of(std::string_view name) {
  if (name.empty()) return Axis::none;
  const std::string text = in_capitals(name);
  const auto letters =
      std::ranges::find_if_not(text, [](unsigned char c) { return std::isalpha(c) != 0; });
  const std::string_view first(text.data(), static_cast<std::size_t>(letters - text.begin()));
  if (is_one_of(first, ra_words)) return Axis::ra;
  if (is_one_of(first, dec_words)) return Axis::dec;
  return Axis::other;
}

}  // namespace

Frame frame_of(std::string_view identifier) {
  if (identifier.empty()) return Frame::none;
  const std::string text = in_capitals(identifier);
  if (has_word(text, other_words)) return Frame::other;
  return has_word(text, equatorial_words) ? Frame::equatorial : Frame::unknown;
}

bool has_dec_first(std::string_view name1, std::string_view name2) {
  return axis_of(name1) == Axis::dec || axis_of(name2) == Axis::ra;
}

Equatorial equatorial(const Coordinates& position, std::string_view frame) {
  const Axis first = axis_of(position.name1);
  const Axis second = axis_of(position.name2);
  if (first == Axis::other || second == Axis::other) return {};
  if (first == second && first != Axis::none) return {};
  const bool named = first != Axis::none && second != Axis::none;
  bool unknown = false;
  bool known = false;
  for (const std::string_view said :
       {frame, std::string_view(position.system), std::string_view(position.reference_frame)}) {
    const Frame kind = frame_of(said);
    if (kind == Frame::other) return {};
    known = known || kind == Frame::equatorial;
    unknown = unknown || kind == Frame::unknown;
  }
  if (unknown && !known && !named) return {};
  return has_dec_first(position.name1, position.name2) ? Equatorial{position.c2, position.c1}
                                                       : Equatorial{position.c1, position.c2};
}

}  // namespace vtp
