// Measures what libxml2 allocates on a thread, and the time that an evaluation takes, by hooking
// into libxml2's allocator, which is one for the process.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <libxml/xpath.h>

namespace vtp {

// While it exists, counts the bytes that libxml2 allocates on this thread, minus those that it
// frees: the memory used by what libxml2 has made meanwhile. One at a time per thread.
class Held {
 public:
  Held() { current_ = this; }
  ~Held() { current_ = nullptr; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  [[nodiscard]] std::size_t bytes() const {
    return bytes_ > 0 ? static_cast<std::size_t>(bytes_) : 0;
  }

 private:
  friend struct MeteredAllocator;
  static thread_local Held* current_;
  std::int64_t bytes_ = 0;
};

// While it exists, watches an evaluation on this thread. Checks at each allocation, which is often
// enough: where libxml2 copies an event's text, or walks through it without counting, it soon
// allocates. If an evaluation has allocated too much, or took too long, the meter sets its
// remaining operations to none, so that libxml2 stops it at the next one. One at a time per thread.
class Meter {
 public:
  // memory: limit in bytes, not reduced by what is freed. time: limit of this thread's CPU time.
  Meter(xmlXPathContextPtr context, std::size_t memory, std::chrono::nanoseconds time);
  ~Meter() { current_ = nullptr; }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Bytes allocated so far.
  [[nodiscard]] std::size_t allocated() const { return allocated_; }

 private:
  friend struct MeteredAllocator;
  void count(std::size_t size);
  [[nodiscard]] bool is_over();

  static thread_local Meter* current_;
  xmlXPathContextPtr context_;
  std::size_t memory_;
  std::chrono::nanoseconds end_;                // in CPU time
  std::chrono::steady_clock::time_point look_;  // no check is needed before this
  std::size_t allocated_ = 0;
};

}  // namespace vtp
