// A process that can open nothing.
#pragma once

#include <sys/resource.h>

#include "tests/support/catch.h"

namespace vtp {

// As long as this lives, every call that opens a descriptor fails with EMFILE. What is open stays so.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit none = before_;
    none.rlim_cur = 0;  // a higher limit may leave a free one below it
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace vtp
