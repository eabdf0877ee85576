// A command line made ready for the library that reads options (cxxopts): what it would misread, or
// refuse without a word on what is right, is seen to by the program's own table first.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

// The arguments, of which the first is the program's name, as the library takes them: a value with a line
// break in it, which it does not take behind a =, as an argument of its own, and each further value of an
// option that takes several (Values::list) behind the option's name. The problem, one line, is an option
// that the table does not have or an argument where the program takes none; it says what may have been
// meant.
[[nodiscard]] Result<std::vector<std::string>> arguments_in(const Program& program,
                                                            std::span<const char* const> given);

}  // namespace vtp
