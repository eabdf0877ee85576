// Picks an event's headline out of the document while it is read. It follows the way to each field
// by itself and so reads on through a document that breaks its schema. Elements are known by their local
// names, in whatever namespace: WhereWhen often has that of STC. Where an element that may stand once
// stands twice, the first counts.
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

// Bytes of a text in a headline; of a longer one so many are taken, and "…" behind them. It goes into logs,
// answers to peers and the environment of commands, and no event in use has one of a tenth of that.
inline constexpr std::size_t longest_headline_text = 1024;

class HeadlineReader {
 public:
  // A new document, whose root is a VOEvent. The headline is the caller's, and is emptied.
  void reset(Headline& headline);

  // In document order, the root first; text may come in pieces.
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
  std::size_t node_ = 0;           // in the table of nodes; 0 is outside the root
  std::size_t depth_outside_ = 0;  // how deep in elements that the table lacks
  std::uint32_t visited_ = 0;      // a bit for each node
  bool wants_text_ = false;
  std::string text_;
  std::string scratch_;
};

}  // namespace vtp
