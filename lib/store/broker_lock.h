// A lock that lets only one broker at a time use a log. Two brokers that append to one log would
// each send their subscribers only the events that they accepted themselves, and neither would
// notice.
//
// The lock is on byte 0 of the file in which other programs that share the database hold their
// locks (owner_lock.h; no owner has number 0). The file also contains the process number of the
// holder. The lock belongs to the open file description: the system releases it when the broker
// ends, however it ends, and a child of fork() inherits it.
#pragma once

#include <string>

#include "lib/base/descriptor.h"

namespace vtp {

class BrokerLock {
 public:
  // database: the path as Database::file() gives it, so that a link to it counts as the same file.
  // Throws StoreError, with one line, if another broker on this machine holds the lock or the lock
  // cannot be taken.
  explicit BrokerLock(const std::string& database);

 private:
  Descriptor file_;
};

}  // namespace vtp
