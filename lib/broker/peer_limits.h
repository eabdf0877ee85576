// How many peers may be connected to a broker: from its options, within what the system allows.
#pragma once

#include "lib/broker/broker.h"
#include "lib/cli/options.h"

namespace vtp {

// Each connection needs a descriptor: lets this process use as many as the system allows.
void raise_descriptor_limit();

// Sets options.authors and options.subscribers: from the command line, or else to a share of the
// descriptors that the other options leave: a third for authors, whose connections are short, and
// the rest for subscribers. Throws std::runtime_error if more are asked for than there are, and
// UsageError.
void set_connection_limits(const CommandLine& line, BrokerOptions& options);

}  // namespace vtp
