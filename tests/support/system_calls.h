// Records the system calls on files, in order, and makes calls fail or be interrupted where a test
// wants it. A program that links system_calls.cpp has its own fsync(2) and similar calls.
#pragma once

#include <functional>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace vtp {

// While it lives, records each call, of all threads, that changes something in the folder or syncs
// it to disk. One at a time.
//
// As text: "make a", "write a" (several in a row count as one), "mode a", "sync a", "rename a b",
// "link a b", "remove a", "folder a". Names are relative to the folder, which itself is "."; a
// temporary file is "part".
class RecordedCalls {
 public:
  explicit RecordedCalls(const std::string& folder);
  ~RecordedCalls();
  RecordedCalls(const RecordedCalls&) = delete;
  RecordedCalls& operator=(const RecordedCalls&) = delete;

  // The calls so far.
  [[nodiscard]] std::vector<std::string> calls() const;

  // The nth of the recorded calls, from 0, fails with that error, and is not made.
  void fail_at(std::size_t nth, int error);
};

// While it lives, for the thread that created it: every second call that a signal can interrupt is
// interrupted, beginning with the first, and other writes take only a few bytes.
class InterruptedCalls {
 public:
  InterruptedCalls();
  ~InterruptedCalls();
  InterruptedCalls(const InterruptedCalls&) = delete;
  InterruptedCalls& operator=(const InterruptedCalls&) = delete;

  // The number of interrupted calls.
  [[nodiscard]] std::size_t count() const;
};

// Calls a function with the address before each connect(2), while it lives. One at a time.
class BeforeConnecting {
 public:
  explicit BeforeConnecting(std::function<void(const sockaddr&)> call);
  ~BeforeConnecting();
  BeforeConnecting(const BeforeConnecting&) = delete;
  BeforeConnecting& operator=(const BeforeConnecting&) = delete;
};

// Sets what getaddrinfo(3) returns for that host, while it lives; addresses are numeric. One at a
// time.
class NamedHost {
 public:
  NamedHost(const std::string& name, const std::vector<std::string>& addresses);
  ~NamedHost();
  NamedHost(const NamedHost&) = delete;
  NamedHost& operator=(const NamedHost&) = delete;
};

}  // namespace vtp
