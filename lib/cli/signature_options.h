// The options of all tools that sign events or check their signatures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/cli/options.h"
#include "lib/cli/program.h"
#include "lib/signature/verifier.h"

namespace vtp {

// --keyring, for a program's table of options.
[[nodiscard]] Option keyring_option();

// --verify=off|log|require and --verify-threads, likewise. --verify-queue and --verify-timeout are
// read as well, where the table has them.
[[nodiscard]] Option verify_option();
[[nodiscard]] Option verify_threads_option();

// The folder, if it is given. Throws UsageError.
[[nodiscard]] std::optional<std::string> keyring_in(const CommandLine& line);

// The values of these options. Throws UsageError, also if --verify is off and another one is given.
[[nodiscard]] VerifierOptions verifier_options_in(const CommandLine& line);

}  // namespace vtp
