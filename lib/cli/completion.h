// Completion scripts for shells, made from a program's table of options.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/cli/program.h"

namespace vtp {

enum class Shell { bash, zsh };

// "bash" or "zsh".
[[nodiscard]] Result<Shell> parse_shell(std::string_view text);

// The script, to be saved where the shell looks for completion files, or to be sourced at any time.
// How a value or an operand is completed follows from its name in --help: FILE, DIR, COMMAND or
// HOST, or several words with | between them. Others are not completed.
//
// For bash 4 or later, with or without the package bash-completion. Offers the long names that
// --help shows; completes values after the other names too. The same for zsh, which also shows the
// help texts, and offers an option that is already on the line only if it may be repeated.
[[nodiscard]] std::string completion_script(const Program& program, Shell shell);

}  // namespace vtp
