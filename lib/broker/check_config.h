// What a broker would do with its options, without doing any of it.
#pragma once

#include <string>
#include <vector>

#include "lib/broker/allow_lists.h"
#include "lib/broker/broker.h"
#include "lib/cli/options.h"

namespace vtp {

struct CheckedConfig {
  std::string text;  // a file of options that says the same, with what it means as comments
  std::vector<std::string>
      warnings;  // what will be tried again, such as a name that is not resolved
  std::vector<std::string> problems;  // what the broker could not start with
};

// The settings that count, from the command line, its files and the defaults, all of them as `options` and
// `lists` have them. Names are looked up, which may take some seconds; nothing is opened, made or changed.
[[nodiscard]] CheckedConfig check_config(const CommandLine& line, const BrokerOptions& options,
                                         AllowLists lists);

}  // namespace vtp
