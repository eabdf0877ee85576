// Whether a program waits for what somebody types, who may not know it.
#pragma once

#include <string>
#include <vector>

namespace vtp {

// Whether documents that these operands name, as DocumentReader takes them, come from standard input, and that
// is a terminal.
[[nodiscard]] bool reads_terminal(const std::vector<std::string>& files);

inline constexpr const char* reading_terminal =
    "reading an event from the terminal; end it with Ctrl-D on a line of its own, or stop with "
    "Ctrl-C";

}  // namespace vtp
