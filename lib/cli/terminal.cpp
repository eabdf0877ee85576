#include "lib/cli/terminal.h"

#include <algorithm>
#include <unistd.h>

namespace vtp {

bool reads_terminal(const std::vector<std::string>& files) {
  const bool from_input = files.empty() || std::ranges::find(files, "-") != files.end();
  return from_input && ::isatty(STDIN_FILENO) == 1;
}

}  // namespace vtp
