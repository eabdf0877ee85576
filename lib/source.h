// Documents from files and standard input.
#pragma once

#include <cstddef>
#include <string>

#include "lib/result.h"

namespace vtp {

// Standard input, as the tools' operands name it.
inline constexpr const char* standard_input = "-";

// All of the file's bytes, or of standard input for "-". The problem is one line without the file's
// name: it cannot be read, is empty, or has more than `most` bytes; no more than that is ever read.
[[nodiscard]] Result<std::string> read_document(const std::string& file, std::size_t most);

}  // namespace vtp
