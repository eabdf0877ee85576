// What the code asks of the system about files, in order, and calls that fail or are interrupted where a test wants
// it. The program that links system_calls.cpp has its own fsync(2) and the like.
#pragma once

#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace vtp {

// From its beginning to its end, of all threads: each call that changes something in that folder, or puts it on
// disk. One at a time.
//
// In words: "make a", "write a" (several in a row are one), "mode a", "sync a", "rename a b", "link a b",
// "remove a", "folder a". Names are those in the folder, which is itself "."; a temporary file's is "part".
class RecordedCalls {
 public:
  explicit RecordedCalls(const std::string& folder);
  ~RecordedCalls();
  RecordedCalls(const RecordedCalls&) = delete;
  RecordedCalls& operator=(const RecordedCalls&) = delete;

  // What was called so far.
  [[nodiscard]] std::vector<std::string> calls() const;

  // The call that would be the nth of those, counted from 0, fails with that error, and is not made.
  void fail_at(std::size_t nth, int error);
};

// As long as it lives, of the thread that made it: of each call that a signal can interrupt every second, the first
// one too, is interrupted, and a write that is not takes a few bytes only.
class InterruptedCalls {
 public:
  InterruptedCalls();
  ~InterruptedCalls();
  InterruptedCalls(const InterruptedCalls&) = delete;
  InterruptedCalls& operator=(const InterruptedCalls&) = delete;

  // How many were interrupted.
  [[nodiscard]] std::size_t count() const;
};

// Called with the address before each connect(2), as long as it lives. One at a time.
class BeforeConnecting {
 public:
  explicit BeforeConnecting(std::function<void(const sockaddr&)> call);
  ~BeforeConnecting();
  BeforeConnecting(const BeforeConnecting&) = delete;
  BeforeConnecting& operator=(const BeforeConnecting&) = delete;
};

// What getaddrinfo(3) says of that host, as long as it lives; addresses are numeric. One at a time.
class NamedHost {
 public:
  NamedHost(const std::string& name, const std::vector<std::string>& addresses);
  ~NamedHost();
  NamedHost(const NamedHost&) = delete;
  NamedHost& operator=(const NamedHost&) = delete;
};

}  // namespace vtp
