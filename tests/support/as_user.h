// Runs a part of a test in a process of its own, so that it may change to another user.
#pragma once

#include <exception>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace vtp {

// Whether the part, in a child process, returns true. An exception counts as false.
inline bool in_child(const std::function<bool()>& part) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool result = false;
    try {
      result = part();
    } catch (const std::exception&) {
      result = false;
    }
    ::_exit(result ? 0 : 1);
  }
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

inline bool is_root() { return ::geteuid() == 0; }

// Whether this test may change to other users; if not, it says that it is skipped.
inline bool may_change_user() {
  if (!is_root()) WARN("skipped: only root can change to another user");
  return is_root();
}

}  // namespace vtp
