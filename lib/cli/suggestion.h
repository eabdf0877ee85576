// Suggestions for an unknown option.
#pragma once

#include <string>
#include <string_view>

#include "lib/cli/program.h"

namespace vtp {

// The name, without dashes, of the program's option that is nearest to `name`: one that other
// programs call `name`, one of which `name` is a misspelling, or one that begins with `name`. Empty
// if there is none. A name of one letter is that of a short option.
[[nodiscard]] std::string nearest_option(const Program& program, std::string_view name);

// "; did you mean --keep?", for the end of a message; empty if nothing is near. `dashes` is the
// prefix of the suggested name; empty for a file of options.
[[nodiscard]] std::string suggestion_for(const Program& program, std::string_view name,
                                         std::string_view dashes = "--");

// The number of letters to insert, delete, replace or swap with their neighbour to turn one word
// into the other, ignoring case. Takes time proportional to the product of their lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace vtp
