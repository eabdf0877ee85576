// What somebody may have meant by an option that a program does not have.
#pragma once

#include <string>
#include <string_view>

#include "lib/cli/program.h"

namespace vtp {

// The name of the program's option, without dashes, that is nearest: one that other programs know by
// `name`, one that is misspelt, or one that begins so. Empty if there is none. A name of one letter is
// that of a short option.
[[nodiscard]] std::string nearest_option(const Program& program, std::string_view name);

// "; did you mean --keep?", to end a message with; empty if nothing is near. `dashes` stand before what
// is suggested: none in a file of options.
[[nodiscard]] std::string suggestion_for(const Program& program, std::string_view name,
                                         std::string_view dashes = "--");

// How many letters have to be put in, left out, replaced or swapped with their neighbour to make one word
// the other, upper and lower case being the same. Costs time by the product of their lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace vtp
