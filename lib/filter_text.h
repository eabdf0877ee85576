// What a filter's text tells before it is evaluated.
#pragma once

#include <string_view>

namespace vtp {

// May an evaluation look at pairs of nodes, so that its cost goes by the square of their number?
// It may where the expression (XPath 1.0)
// - compares (=, !=, <, <=, >, >=) two things, and at the sign there is neither a literal nor a
//   number: then both may be sets of nodes, and each is compared with each (section 3.4);
// - has a union;
// - descends (//) from anything but the root, or names an axis other than attribute, child and self:
//   then the same node may be found many times, and is looked for among those that were found.
// Says so of some harmless ones too (position() = last()). Any text; of one that is no expression
// it says anything.
[[nodiscard]] bool may_pair_nodes(std::string_view expression);

}  // namespace vtp
