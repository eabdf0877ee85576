// What can be told of a filter before it is asked about an event: that it can match none, and hence what is
// wrong with it; for who wrote it, when a program starts. A broker goes by filter.h alone, so that a filter
// from elsewhere is what it always was.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vtp {

// Why asking this filter fails: it has a namespace prefix, of which none but xml is defined, a function
// that XPath 1.0 does not have or with another number of arguments (sections 3.2 and 4), or a variable. One
// line for people, which says what to write instead; empty if there is nothing of that. Takes a text that
// compiles; of another it says anything.
[[nodiscard]] std::string fault_in_filter(std::string_view expression);

// What a filter has in it that is hardly meant, though it does not fail: a step VOEvent without a prefix,
// which is an element in no namespace, as the root of hardly any event is. One line for people; or empty.
[[nodiscard]] std::string doubt_about_filter(std::string_view expression);

// The same for each of these filters, with its text before it.
[[nodiscard]] std::vector<std::string> doubts_about_filters(
    const std::vector<std::string>& filters);

}  // namespace vtp
