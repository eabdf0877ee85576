// Where a program keeps its persistent state.
#pragma once

#include <string>
#include <string_view>

#include "lib/cli/options.h"
#include "lib/cli/user.h"

namespace vtp {

// The path of a state file. If `option` is given: its value or, if that is a folder or ends in a /,
// the file `name` in it. Otherwise the file `name` in the first of $STATE_DIRECTORY
// (systemd.exec(5)), $XDG_STATE_HOME/vtptools and $HOME/.local/state/vtptools whose variable is
// set. Throws UsageError if no variable is set, or if the option's value is empty. Creates nothing.
[[nodiscard]] std::string state_file(const CommandLine& line, std::string_view option,
                                     std::string_view name);

// Makes the folder for the file, and its parents, if they do not exist: for their owner, and for
// their group to read, less what the umask removes. Throws std::runtime_error with a message of one
// line.
void make_folder_of(const std::string& file);

// For root, before it changes to the user: makes the folder for the file, where only root may, and
// gives it to the user. Does nothing if the folder exists, or if its parent does not or is not
// root's: then the user makes it itself, with make_folder_of. Throws as make_folder_of.
void give_folder_of(const std::string& file, const User& user);

// For the user: throws std::runtime_error, with what to do in one line, if it may not make files
// in the folder of the file, or may not write the file or one of those beside it (FILE-…).
void check_state_file(const std::string& file, const User& user);

}  // namespace vtp
