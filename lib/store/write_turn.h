// Gives each of the programs that write to one database its turn. SQLite gives its lock to whoever
// asks at the right moment: beside a program that writes all the time others could ask in vain for
// seconds.
//
// A program that wants to write holds a lock on one byte of the database's lock file (owner_lock.h;
// no owner has this number) until its transaction has begun. Whoever has just written and wants to
// write again waits behind it.
#pragma once

#include <chrono>
#include <string>

#include "lib/base/descriptor.h"

namespace vtp {

// Pauses for a short time, by chance between 0.05 and 0.5 ms, so as not to keep step with a program
// that writes at intervals of its own.
void pause_before_retry();

// One thread at a time; for std::lock_guard.
class WriteTurn {
 public:
  // database: the path as Database::file() gives it. longest: how long a turn is waited for.
  WriteTurn(const std::string& database, std::chrono::milliseconds longest);

  // Waits for the turn. Others get theirs after unlock(). Goes on without it after `longest`, as
  // beside a program that is stopped, and if the lock file cannot be used: then only chance decides
  // who writes.
  void lock();
  void unlock();

 private:
  std::string path_;
  std::chrono::milliseconds longest_;
  Descriptor file_;  // opened when it is first needed
};

}  // namespace vtp
