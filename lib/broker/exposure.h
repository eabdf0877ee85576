// Whether a broker has to do with other machines, which decides whether it may run as root.
#pragma once

#include <optional>
#include <string>

#include "lib/broker/allow_lists.h"
#include "lib/broker/broker.h"

namespace vtp {

// The first option by which the broker would read bytes from another machine, with its value:
// "--broadcast=[::]:8099". Nothing if all of its peers are on this machine: they come by sockets in
// the file system or to loopback addresses, or the allow lists have only loopback addresses, and
// what the broker connects to is on this machine too. No name is looked up: each but localhost, in
// lists as well, counts as another machine.
[[nodiscard]] std::optional<std::string> exposure(const BrokerOptions& options,
                                                  const AllowLists& lists);

}  // namespace vtp
