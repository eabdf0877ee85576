// What a filter's text tells before it is evaluated, and a form of it that costs less.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vtp {

// The names of functions that stand for operators begin so; no expression of a subscriber's may have such a
// name in it.
inline constexpr std::string_view operator_prefix = "vtp-operator-";

// The same expression (XPath 1.0) with calls of functions in place of the operators that may look at pairs
// of nodes: = != < <= > >= and |, unless a literal or a number is on one side. "a = b | c" becomes
// "vtp-operator-equal(a , vtp-operator-union(b , c))"; the others are unequal, less, less-equal, greater
// and greater-equal. Takes a text that compiles; gives nothing where libxml2 understands by it what the
// standard does not, as in "1 and2", or where a name begins with operator_prefix.
[[nodiscard]] std::optional<std::string> with_operator_functions(std::string_view expression);

// May an evaluation come upon a node again and again, so that it is looked for among those that were found
// and the cost goes by the square of their number? It may where the expression descends (//) from
// anything but the root, goes up (..) from a set, or names an axis other than attribute, child and self.
// Says so of some harmless ones too. Any text; of one that is no expression it says anything.
[[nodiscard]] bool may_pair_nodes(std::string_view expression);

}  // namespace vtp
