// Where a program keeps what must outlive it, if nobody says where.
#pragma once

#include <string>
#include <string_view>

#include "lib/options.h"

namespace vtp {

// The value of that option, or a file of that name in the first of $STATE_DIRECTORY (systemd.exec(5)),
// $XDG_STATE_HOME/vtptools and $HOME/.local/state/vtptools whose variable is set. That folder is
// made if there is none, for its owner alone, and so are those that it is in; one that was asked for must be there. Throws UsageError if none of the
// variables is set, and std::runtime_error if the folder cannot be made, each one line.
[[nodiscard]] std::string state_file(const CommandLine& line, std::string_view option,
                                     std::string_view name);

}  // namespace vtp
