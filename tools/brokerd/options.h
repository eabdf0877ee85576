// What brokerd's options say, as values for the library.
#pragma once

#include <optional>

#include "lib/base/diagnostics.h"
#include "lib/broker/broker.h"
#include "lib/cli/options.h"
#include "lib/cli/service.h"
#include "lib/cli/user.h"

namespace vtp {

// All but the allow lists (AllowLists::in) and the functions that a broker calls. Throws UsageError.
// diagnostics: for warnings about the files that hold Kafka's properties.
[[nodiscard]] BrokerOptions broker_options_in(const CommandLine& line,
                                              const Diagnostics& diagnostics);

// The user to run as, if --user is given. Throws UsageError.
[[nodiscard]] std::optional<User> user_in(const CommandLine& line);

// All but the user. Throws UsageError.
[[nodiscard]] ServiceOptions service_options_in(const CommandLine& line);

}  // namespace vtp
