// What libxml2 allocates on a thread, and how long it works there: it has one allocator in the process,
// which these hook into.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <libxml/xpath.h>

namespace vtp {

// Counts the bytes that libxml2 allocates on this thread, as long as it lives, less those that it gives
// back: what is held by what it has made meanwhile. One at a time on a thread.
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

// Watches an evaluation, as long as it lives: wherever libxml2 copies an event's text or walks through it
// without counting, it allocates before long. One that has allocated too much, or took too long, has no
// operations left, which libxml2 sees at its next. One at a time on a thread.
class Meter {
 public:
  // memory: in bytes, even if they are given back. time: of the processor, on this thread.
  Meter(xmlXPathContextPtr context, std::size_t memory, std::chrono::nanoseconds time);
  ~Meter() { current_ = nullptr; }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // What was allocated so far.
  [[nodiscard]] std::size_t allocated() const { return allocated_; }

 private:
  friend struct MeteredAllocator;
  void count(std::size_t size);
  [[nodiscard]] bool is_over();

  static thread_local Meter* current_;
  xmlXPathContextPtr context_;
  std::size_t memory_;
  std::chrono::nanoseconds end_;                // of the processor's time
  std::chrono::steady_clock::time_point look_;  // before that it cannot be over
  std::size_t allocated_ = 0;
};

}  // namespace vtp
