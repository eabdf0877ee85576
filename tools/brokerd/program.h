// The name and the options of brokerd, for --help, completion and parsing.
#pragma once

#include "lib/cli/program.h"

namespace vtp {

extern const Program brokerd;

}  // namespace vtp
