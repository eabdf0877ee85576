// Found events as a table for people: one line for each, and one that names the columns.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "lib/archive/archive.h"
#include "lib/voevent/sky.h"

namespace vtp {

// One thread at a time.
class Table {
 public:
  // with_distance: a column for the distance from the cone's centre. width: lines are cut to that
  // many columns.
  Table(bool with_distance, std::optional<std::size_t> width)
      : with_distance_(with_distance), width_(width) {}

  // "RECEIVED ROLE RA DEC ERROR DISTANCE IVORN", aligned, without an end of line.
  [[nodiscard]] std::string head() const;

  // What people should see as it is, such as a text with control characters, is made harmless. A
  // value that the event does not have is a dash.
  [[nodiscard]] std::string line_for(const Found& found);

 private:
  [[nodiscard]] std::string cut(std::string line) const;

  bool with_distance_;
  std::optional<std::size_t> width_;
  PositionReader positions_;
};

}  // namespace vtp
