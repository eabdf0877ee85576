// Where a program keeps its persistent state.
#pragma once

#include <string>
#include <string_view>

#include "lib/cli/options.h"

namespace vtp {

// The path of a state file. If `option` is given: its value or, if that is a folder or ends in a /,
// the file `name` in it. Otherwise the file `name` in the first of $STATE_DIRECTORY
// (systemd.exec(5)), $XDG_STATE_HOME/vtptools and $HOME/.local/state/vtptools whose variable is
// set. Throws UsageError if no variable is set, or if the option's value is empty. Creates nothing.
[[nodiscard]] std::string state_file(const CommandLine& line, std::string_view option,
                                     std::string_view name);

// Makes the folder for the file, and its parents, if they do not exist; only their owner has
// access. Throws std::runtime_error with a message of one line.
void make_folder_of(const std::string& file);

}  // namespace vtp
