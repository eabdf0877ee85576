// How wide a terminal is.
#pragma once

#include <cstddef>
#include <optional>

namespace vtp {

// The number of columns; nothing if the descriptor is no terminal, or one that does not say it. Any
// thread.
[[nodiscard]] std::optional<std::size_t> terminal_width(int fd);

}  // namespace vtp
