// Descriptors and memory that run out at a call of the test's choice. The program that links exhaustion.cpp has
// its own socket(2) and the like, and its own operator new.
#pragma once

#include <cstdint>

namespace vtp {

// What is counted, and fails.
enum class Scarce {
  descriptors,  // calls that open one fail with EMFILE
  memory        // operator new throws std::bad_alloc, where it is for more than some bytes
};

// Of the calls that count, the nth from now on fails, and none after it. nth counts from 1. One at a time; any
// thread.
void fail_at(Scarce what, std::uint64_t nth);

// None fails any more. True if one has.
bool fail_no_more();

// What the calling thread allocates counts, until this goes.
class Counted {
 public:
  Counted();
  ~Counted();
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

// The calling thread is the test's own, and what it opens does not count, until this goes.
class Exempt {
 public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;
};

}  // namespace vtp
