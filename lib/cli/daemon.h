// Detaching from whoever started the program, once the program does what it was started for.
#pragma once

#include <optional>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

// What becomes of a daemon's standard output.
enum class StandardOutput {
  closed,  // it goes nowhere, so that $(…) and ssh return
  kept     // it goes on to where the caller reads it
};

// The caller is the process that was started, and whom a shell waits for; the daemon is its child,
// which goes on. In between, all that the daemon says comes where the caller's goes. It stays in its
// folder, and keeps its umask.
class Daemon {
 public:
  // Forks, so before there is any thread or Asio context. In the daemon, gives nothing: it is in a
  // session of its own, and whatever descriptors came with the command line are closed, but for
  // standard input, output and error. In the caller, waits, and gives the status to exit with: 0
  // once the daemon is ready, the daemon's own if it ends before. Throws std::runtime_error, in one
  // line: in either, if it cannot fork; in the caller, if the daemon was killed before it was ready.
  [[nodiscard]] std::optional<int> detach();

  // In the daemon, once. Standard input goes to /dev/null, and so do standard output, unless it is
  // kept, and standard error, unless `error` is a descriptor that it is to go to; then the caller
  // ends. Throws std::runtime_error if the caller is not there any more: whoever ended it did not
  // want a daemon.
  void ready(StandardOutput output, std::optional<int> error);

 private:
  Descriptor caller_;  // a pipe to it, for one byte
};

}  // namespace vtp
