// Finds mistakes in a filter before it is evaluated: that it cannot match any event, and why. For
// the user who wrote it, when a program starts. For the filters of subscribers a broker uses
// filter.h alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// Why evaluating this filter always fails: it uses a namespace prefix other than xml (none is
// defined), a function that XPath 1.0 does not have, a wrong number of arguments (sections 3.2 and
// 4), or a variable. One line, which says what to write instead; empty if no such fault is found.
// The text must compile; otherwise the result is meaningless.
[[nodiscard]] std::string fault_in_filter(std::string_view expression);

// A part of a filter that is probably a mistake, though it does not fail: a step VOEvent without a
// prefix, which matches only an element in no namespace, while the root of almost every event is in
// one. One line; or empty.
[[nodiscard]] std::string doubt_about_filter(std::string_view expression);

// The same for several filters, each line preceded by the filter's text.
[[nodiscard]] std::vector<std::string> doubts_about_filters(
    const std::vector<std::string>& filters);

}  // namespace vtp
