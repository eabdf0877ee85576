// Whether a program waits for input from a terminal, and the hint to print then.
#pragma once

#include <string>
#include <vector>

namespace vtp {

// Whether any document comes from standard input, by these operands (as for DocumentReader), and
// standard input is a terminal.
[[nodiscard]] bool reads_terminal(const std::vector<std::string>& files);

inline constexpr const char* reading_terminal =
    "reading an event from the terminal; end it with Ctrl-D on a line of its own, or stop with "
    "Ctrl-C";

}  // namespace vtp
