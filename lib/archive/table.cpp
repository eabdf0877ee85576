#include "lib/archive/table.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "lib/base/characters.h"
#include "lib/base/text.h"

namespace vtp {
namespace {

constexpr std::size_t least_for_ivorn = 30;  // columns; else it has a line of its own
constexpr std::string_view gap = "  ";
constexpr std::size_t day_width = 10;  // of a time

struct Column {
  std::string_view name;
  std::size_t width;
  bool to_the_right;
};

// In the order of Cells.
constexpr std::array<Column, 6> columns{{{"RECEIVED", 20, false},
                                         {"ROLE", 11, false},
                                         {"RA", 12, false},
                                         {"DEC", 12, false},
                                         {"ERROR", 7, true},
                                         {"DISTANCE", 8, true}}};
constexpr std::size_t received = 0;
constexpr std::size_t role = 1;
constexpr std::size_t error = 4;
constexpr std::size_t distance = 5;

std::size_t width_of(const std::array<std::size_t, columns.size()>& widths) {
  std::size_t sum = 0;
  for (const std::size_t width : widths)
    sum += width == 0 ? 0 : width + gap.size();
  return sum;
}

}  // namespace

Table::Table(bool with_distance, std::optional<std::size_t> width) : width_(width) {
  static_assert(columns.size() == std::tuple_size_v<Cells>);
  for (std::size_t i = 0; i < columns.size(); ++i)
    widths_[i] = columns[i].width;
  if (!with_distance) widths_[distance] = 0;
  if (!width_ || width_of(widths_) + least_for_ivorn <= *width_) return;
  has_own_line_ = true;
  const auto fits = [&] { return width_of(widths_) <= *width_ + gap.size(); };
  if (!fits()) widths_[role] = 0;
  if (!fits()) widths_[error] = 0;
  if (!fits()) widths_[received] = day_width;
  if (!fits()) widths_[distance] = 0;
}

std::string Table::head() const {
  Cells names;
  for (std::size_t i = 0; i < columns.size(); ++i)
    names[i] = columns[i].name;
  return row(names, "IVORN");
}

std::string Table::line_for(const Found& found) {
  const auto position = positions_.read(found.event->bytes);
  return row(
      {utc_text(found.received), printable(found.event->headline.role),
       position ? ra_text(position->point.ra) : "-", position ? dec_text(position->point.dec) : "-",
       position && position->error ? radius_text(*position->error) : "-",
       found.distance ? radius_text(*found.distance) : "-"},
      printable(found.event->headline.ivorn));
}

std::string Table::row(const Cells& cells, std::string_view ivorn) const {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (widths_[i] == 0) continue;
    const std::string_view cell = i == received && widths_[i] == day_width
                                      ? std::string_view(cells[i]).substr(0, day_width)
                                      : std::string_view(cells[i]);
    line += columns[i].to_the_right ? fmt::format("{:>{}}", cell, widths_[i])
                                    : fmt::format("{:{}}", cell, widths_[i]);
    line += gap;
  }
  if (!has_own_line_) return cut(line.append(ivorn));
  line.erase(line.find_last_not_of(' ') + 1);
  return fmt::format("{}\n{}{}", cut(std::move(line)), gap, ivorn);
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
