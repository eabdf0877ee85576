// Which of the programs that share a database are alive. Each of them holds a lock on one byte of a
// file beside it, and the system takes the lock away when the program ends, however it does.
// Rejected: process numbers, which are given out again, and differ between containers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "lib/base/descriptor.h"

namespace vtp {

// Names one holder of a lock: the position of its byte. Never 0, which is a broker's (broker_lock.h).
using Owner = std::int64_t;

// Any thread. The file is made when it is first needed, and stays. A link in its place is refused.
class OwnerLocks {
 public:
  explicit OwnerLocks(std::string path) : path_(std::move(path)) {}
  OwnerLocks(const OwnerLocks&) = delete;
  OwnerLocks& operator=(const OwnerLocks&) = delete;

  // A number that nobody else has, by chance of 1 in 2^62, and whose lock is held until the end of
  // this object. Once. Throws std::system_error that names the file.
  [[nodiscard]] Owner take();

  // Whether another object, in whatever process of this machine, holds that lock. Throws
  // std::system_error that names the file.
  [[nodiscard]] bool alive(Owner owner);

 private:
  void open();

  std::string path_;
  Descriptor file_;
};

}  // namespace vtp
