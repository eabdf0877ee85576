// Runs a program as a daemon: it detaches from the process that started it once it is ready.
#pragma once

#include <optional>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

// What happens to a daemon's standard output.
enum class StandardOutput {
  closed,  // goes to /dev/null, so that $(…) and ssh return
  kept     // stays connected to the caller's
};

// The caller is the process that was started, and for which a shell waits; the daemon is its child,
// which continues. Until the daemon is ready, its output goes where the caller's goes. It keeps its
// working directory and its umask.
class Daemon {
 public:
  // Forks, so call it before there is any thread or Asio context. In the daemon, returns nothing:
  // the daemon is in a session of its own, and inherited descriptors are closed, except standard
  // input, output and error. In the caller, waits and returns the status to exit with: 0 once the
  // daemon is ready, or the daemon's status if it ends before. Throws std::runtime_error with a
  // message of one line: if it cannot fork; in the caller, also if the daemon was killed, or ended
  // with status 0, before it was ready.
  [[nodiscard]] std::optional<int> detach();

  // Call it once, in the daemon. Standard input becomes /dev/null, and so do standard output,
  // unless it is kept, and standard error, unless `error` is a descriptor to use for it. Then the
  // caller ends. Throws std::runtime_error if the caller has ended before: then no daemon is wanted
  // any more.
  void ready(StandardOutput output, std::optional<int> error);

 private:
  Descriptor caller_;  // a pipe to the caller, for one byte
};

}  // namespace vtp
