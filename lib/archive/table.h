// Found events as a table for people: a line for each, or two on a narrow terminal; the first names the columns.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/archive/archive.h"
#include "lib/voevent/sky.h"

namespace vtp {

// One thread at a time.
class Table {
 public:
  // with_distance: a column for the distance from the cone's centre. width: lines are cut to that
  // many columns. If that would leave less than 30 for the ivorn, it is whole on a line of its own,
  // below the others, of which as many are left out, or shortened, as do not fit.
  Table(bool with_distance, std::optional<std::size_t> width);

  // "RECEIVED ROLE RA DEC ERROR DISTANCE IVORN", aligned, without an end of line.
  [[nodiscard]] std::string head() const;

  // What people should see as it is, such as a text with control characters, is made harmless. A
  // value that the event does not have is a dash.
  [[nodiscard]] std::string line_for(const Found& found);

 private:
  // All columns but the last.
  using Cells = std::array<std::string, 6>;

  [[nodiscard]] std::string row(const Cells& cells, std::string_view ivorn) const;
  [[nodiscard]] std::string cut(std::string line) const;

  std::optional<std::size_t> width_;
  std::array<std::size_t, 6> widths_{};  // 0: the column is left out
  bool has_own_line_ = false;            // the ivorn
  PositionReader positions_;
};

}  // namespace vtp
