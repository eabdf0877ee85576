// The name of this machine.
#pragma once

#include <string>

namespace vtp {

// As the system has it, usually without a domain; empty if it has none.
[[nodiscard]] std::string own_host_name();

}  // namespace vtp
