// That one broker at a time has a log. Two that append to one would each send its own subscribers only
// what it took itself, and neither would notice.
//
// The lock is on the first byte of the file in which others that share the database have theirs
// (owner_lock.h; no owner is 0), and that file says which process has it. It is of an open file
// description: the system takes it away when the broker ends, however it does, and a child that came of
// fork() goes on with it.
#pragma once

#include <string>

#include "lib/base/descriptor.h"

namespace vtp {

class BrokerLock {
 public:
  // database: its file, as Database::file() names it, so that a link to it is the same. Throws
  // StoreError, in one line, if another broker on this machine has it, or if no lock can be had.
  explicit BrokerLock(const std::string& database);

 private:
  Descriptor file_;
};

}  // namespace vtp
