// Prepares a command line for the option parser (cxxopts): checks it against the program's own
// table of options first, rewrites what the parser would misread, and gives better messages for
// errors.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

// The arguments in the form that the parser accepts; the first one is the program's name. A value
// that contains a line break, which the parser does not accept after a =, becomes an argument of
// its own. Each further value of an option that takes several (Values::list) gets the option's name
// in front of it. A value that may be left out can follow its option as the next argument, if the program
// takes no operands. The problem, in one line, is an option that is not in the table, or an argument
// where the program takes none; it suggests what may have been meant.
[[nodiscard]] Result<std::vector<std::string>> arguments_in(const Program& program,
                                                            std::span<const char* const> given);

}  // namespace vtp
