// Describes what a broker would do with its options, without doing it.
#pragma once

#include <string>
#include <vector>

#include "lib/broker/allow_lists.h"
#include "lib/broker/broker.h"
#include "lib/cli/options.h"

namespace vtp {

struct CheckedConfig {
  std::string text;                   // an equivalent option file, with explanations as comments
  std::vector<std::string> warnings;  // what will be retried, such as a name that is not resolved
  std::vector<std::string> problems;  // reasons why the broker could not start
};

// Describes the effective settings, from the command line, its files and the defaults, as in
// `options` and `lists`. Names are looked up, which may take some seconds; nothing is opened,
// created or changed.
[[nodiscard]] CheckedConfig check_config(const CommandLine& line, const BrokerOptions& options,
                                         AllowLists lists);

}  // namespace vtp
