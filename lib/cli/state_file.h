// Where a program keeps what must outlive it.
#pragma once

#include <string>
#include <string_view>

#include "lib/cli/options.h"

namespace vtp {

// The value of that option, or, where it is a folder or ends in a /, the file of that name in there. Without
// the option, it is the file of that name in the first of $STATE_DIRECTORY (systemd.exec(5)),
// $XDG_STATE_HOME/vtptools and $HOME/.local/state/vtptools whose variable is set. Throws UsageError, in one
// line, if none of them is, or the value is empty. Makes nothing.
[[nodiscard]] std::string state_file(const CommandLine& line, std::string_view option,
                                     std::string_view name);

// Makes the folder that the file is to be in, for its owner alone, and those that it is in, if there are
// none. Throws std::runtime_error, in one line.
void make_folder_of(const std::string& file);

}  // namespace vtp
