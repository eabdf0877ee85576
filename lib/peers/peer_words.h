// The words of a line of a peers file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace vtp {

// Words are separated by spaces and tabs. A part of a word in double quotes may contain these:
// dn:"CN=telescope, O=Observatory"; "" in it stands for one double quote. Nothing else is special
// in it, a backslash neither. A # at the beginning of a word begins a comment, up to the end of the
// line. The problem says what is wrong with the line: a quote without its end, bytes that are not
// UTF-8, control or invisible characters.
[[nodiscard]] Result<std::vector<std::string>> words_of(std::string_view line);

}  // namespace vtp
