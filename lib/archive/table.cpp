#include "lib/archive/table.h"

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

std::string row(std::string_view received, std::string_view role, std::string_view ra,
                std::string_view dec, std::string_view error, std::string_view distance,
                std::string_view ivorn) {
  return fmt::format("{:20}  {:11}  {:12}  {:12}  {:>7}  {}{}", received, role, ra, dec, error,
                     distance, ivorn);
}

std::string distance_column(std::string_view text) { return fmt::format("{:>8}  ", text); }

}  // namespace

std::string Table::head() const {
  return cut(row("RECEIVED", "ROLE", "RA", "DEC", "ERROR",
                 with_distance_ ? distance_column("DISTANCE") : "", "IVORN"));
}

std::string Table::line_for(const Found& found) {
  const auto position = positions_.read(found.event->bytes);
  const std::string distance =
      with_distance_ ? distance_column(found.distance ? radius_text(*found.distance) : "-") : "";
  return cut(row(utc_text(found.received), printable(found.event->headline.role),
                 position ? ra_text(position->point.ra) : "-",
                 position ? dec_text(position->point.dec) : "-",
                 position && position->error ? radius_text(*position->error) : "-", distance,
                 printable(found.event->headline.ivorn)));
}

// By characters, each of which takes a column.
std::string Table::cut(std::string line) const {
  if (!width_) return line;
  std::size_t end = 0;
  std::size_t before_last = 0;
  for (std::size_t column = 0; end < line.size(); ++column) {
    if (column == *width_) {
      line.resize(before_last);
      return line + "…";
    }
    before_last = end;
    end += std::max<std::size_t>(first_character(std::string_view(line).substr(end)).length, 1);
  }
  return line;
}

}  // namespace vtp
