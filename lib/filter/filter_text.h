// Analyses a filter's text before evaluation, and rewrites it into a form that costs less.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vtp {

// The prefix of the names of functions that stand for operators; a subscriber's expression must not
// contain such a name.
inline constexpr std::string_view operator_prefix = "vtp-operator-";

// The same expression (XPath 1.0) with calls of functions in place of the operators that may look
// at pairs of nodes: = != < <= > >= and |, unless a literal or a number is on one side. "a = b | c"
// becomes "vtp-operator-equal(a , vtp-operator-union(b , c))"; the others are unequal, less,
// less-equal, greater and greater-equal. The text must compile. Returns nothing if libxml2 accepts
// it but the standard does not, as in "1 and2", or if a name in it begins with operator_prefix.
[[nodiscard]] std::optional<std::string> with_operator_functions(std::string_view expression);

// True if an evaluation may find a node repeatedly, so that the cost grows with the square of the
// number of nodes (each is searched among those already found). That is so if the expression
// descends (//) from anything but the root, goes up (..) from a set, or uses an axis other than
// attribute, child and self. Also true for some harmless expressions. Takes any text; meaningless
// if it is not an expression.
[[nodiscard]] bool may_pair_nodes(std::string_view expression);

}  // namespace vtp
