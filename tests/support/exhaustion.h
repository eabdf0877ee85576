// Makes descriptors or memory run out at a call that the test chooses. A program that links
// exhaustion.cpp has its own socket(2) and similar calls, and its own operator new.
#pragma once

#include <cstdint>

namespace vtp {

// What is counted and made to fail.
enum class Scarce {
  descriptors,  // calls that open a descriptor fail with EMFILE
  memory        // operator new throws std::bad_alloc, except for small sizes
};

// The nth counted call from now on fails, and none after it. nth counts from 1. One at a time; any
// thread.
void fail_at(Scarce what, std::uint64_t nth);

// Ends that. True if a call has failed.
bool fail_no_more();

// Allocations of the calling thread count while this lives.
class Counted {
 public:
  Counted();
  ~Counted();
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
};

// The calling thread belongs to the test: descriptors that it opens do not count while this lives.
class Exempt {
 public:
  Exempt();
  ~Exempt();
  Exempt(const Exempt&) = delete;
  Exempt& operator=(const Exempt&) = delete;
};

}  // namespace vtp
