// Collects an event's headline while the document is read. It follows the path to each field
// itself, so it also works for a document that is invalid for its schema. Elements are matched by
// local name, in any namespace: WhereWhen is often in that of STC. If an element that may occur
// once occurs twice, the first one counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/voevent/coordinates.h"
#include "lib/voevent/event.h"
#include "lib/voevent/names.h"
#include "lib/xml/tag.h"

namespace vtp {

// Limit for the bytes of a text in a headline; a longer text is cut and ends with "…". These texts
// go into diagnostics, replies to peers and the environment of commands. In events in use, none is
// a tenth as long.
inline constexpr std::size_t longest_headline_text = 1024;

class HeadlineReader {
 public:
  // Begins a new document, whose root is a VOEvent. Empties the headline, which the caller owns.
  void reset(Headline& headline);

  // Called in document order, from the root on; text may come in pieces.
  void start(const Tag& tag);
  void text(std::string_view piece) {
    if (wants_text_ && depth_outside_ == 0) text_ += piece;
  }
  void end();

 private:
  void read_attributes(const Tag& tag);
  void place_on_sky();

  Headline* headline_ = nullptr;
  Coordinates position_;
  std::size_t node_ = 0;           // index in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // depth in elements that are not in the table
  std::uint32_t visited_ = 0;      // one bit for each node
  bool wants_text_ = false;
  std::string text_;
  std::string scratch_;
};

}  // namespace vtp
