// Scripts with which a shell completes a program's command lines, made from its table of options.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

enum class Shell { bash, zsh };

// "bash" or "zsh".
[[nodiscard]] Result<Shell> parse_shell(std::string_view text);

// The script, for a file of its own where the shell looks for such, or for the shell to read at any
// time. What a value or an operand can be is told by the name that --help has for it: a FILE, DIR,
// COMMAND or HOST, or one of several words with | between them. For others nothing is offered.
//
// For bash 4 or later, whether it has the package bash-completion or not. Offered are the long names
// that --help shows; values are completed for the others as well. It is the same for zsh, which also
// shows the help, and offers an option that is there already only if it may be repeated.
[[nodiscard]] std::string completion_script(const Program& program, Shell shell);

}  // namespace vtp
