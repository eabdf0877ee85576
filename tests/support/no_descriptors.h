// Keeps the process from opening descriptors.
#pragma once

#include <sys/resource.h>

#include "tests/support/catch.h"

namespace vtp {

// While this lives, every call that opens a descriptor fails with EMFILE. Open ones stay open.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit none = before_;
    none.rlim_cur = 0;  // with a higher limit, a descriptor below it might be free
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace vtp
