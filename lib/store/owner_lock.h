// Tells which of the programs that share a database are alive. Each holds a lock on one byte of a
// file beside the database; the system releases the lock when the program ends, however it ends.
// Rejected: process numbers, which are reused, and differ between containers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "lib/base/descriptor.h"

namespace vtp {

// Identifies the holder of a lock: the offset of its byte, from 1 to most_owners - 1. Byte 0 is the
// broker's (broker_lock.h), and byte most_owners that of whoever writes next (write_turn.h).
using Owner = std::int64_t;
inline constexpr Owner most_owners = Owner{1} << 62;

// The lock file of a database. database: the path as Database::file() gives it.
[[nodiscard]] std::string lock_path(const std::string& database);

// Any thread. The file is created on first use, and stays. A symbolic link at its path is refused.
class OwnerLocks {
 public:
  explicit OwnerLocks(std::string path) : path_(std::move(path)) {}
  OwnerLocks(const OwnerLocks&) = delete;
  OwnerLocks& operator=(const OwnerLocks&) = delete;

  // Takes the lock of a random number and holds it until this object is destroyed; two holders get
  // the same number with a probability of 1 in 2^62. Call it once. Throws std::system_error that
  // names the file.
  [[nodiscard]] Owner take();

  // Whether another object, in any process on this machine, holds that lock. Throws
  // std::system_error that names the file.
  [[nodiscard]] bool alive(Owner owner);

 private:
  void open();

  std::string path_;
  Descriptor file_;
};

}  // namespace vtp
