#include "lib/filter/filter_meter.h"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <malloc.h>

#include <libxml/globals.h>
#include <libxml/tree.h>
#include <libxml/xmlmemory.h>

namespace vtp {
namespace {

std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::int64_t size_of(void* block) {
  constexpr std::size_t of_allocator = sizeof(std::size_t);
  return block == nullptr ? 0 : static_cast<std::int64_t>(malloc_usable_size(block) + of_allocator);
}

}  // namespace

thread_local Held* Held::current_ = nullptr;
thread_local Meter* Meter::current_ = nullptr;

// libxml2's allocator: malloc, reported to the Held and the Meter of this thread.
struct MeteredAllocator {
  static void* allocate(std::size_t size) {
    if (Meter::current_ != nullptr) Meter::current_->count(size);
    void* block = std::malloc(size);
    take(block);
    return block;
  }
  static void* reallocate(void* memory, std::size_t size) {
    if (Meter::current_ != nullptr) Meter::current_->count(size);  // realloc may copy it
    give_back(memory);
    void* block = std::realloc(memory, size);
    take(block != nullptr ? block : memory);  // if it failed, the old block stays
    return block;
  }
  static char* duplicate(const char* text) {
    const std::size_t size = std::strlen(text) + 1;
    void* copy = allocate(size);
    return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, size));
  }
  static void release(void* memory) {
    give_back(memory);
    std::free(memory);
  }

 private:
  static void take(void* block) {
    if (Held::current_ != nullptr) Held::current_->bytes_ += size_of(block);
  }
  static void give_back(void* block) {
    if (Held::current_ != nullptr) Held::current_->bytes_ -= size_of(block);
  }
};

namespace {

// Installed before main(), when no other thread can be using the allocator.
[[maybe_unused]] const int installed =
    xmlMemSetup(MeteredAllocator::release, MeteredAllocator::allocate, MeteredAllocator::reallocate,
                MeteredAllocator::duplicate);

// Makes buffers double in size, as libxml2 always does from 2.14 on: otherwise a text that is made
// of many pieces, such as an element's, would be copied for each piece. The first call is for the
// thread of main(), the second for later threads.
#if LIBXML_VERSION < 21400
[[maybe_unused]] const bool buffers_double = [] {
  xmlSetBufferAllocationScheme(XML_BUFFER_ALLOC_DOUBLEIT);
  xmlThrDefBufferAllocScheme(XML_BUFFER_ALLOC_DOUBLEIT);
  return true;
}();
#endif

}  // namespace

Meter::Meter(xmlXPathContextPtr context, std::size_t memory, std::chrono::nanoseconds time)
    : context_(context),
      memory_(memory),
      end_(processor_time() + time),
      look_(std::chrono::steady_clock::now() + time) {
  current_ = this;
}

void Meter::count(std::size_t size) {
  allocated_ += size;
  if (allocated_ > memory_ || is_over()) context_->opCount = context_->opLimit;
}

// Reading the CPU time needs a system call, which costs as much as some allocations. The steady
// clock needs none, and runs at least as fast, so it tells when the next check is due.
bool Meter::is_over() {
  const auto now = std::chrono::steady_clock::now();
  if (now < look_) return false;
  const std::chrono::nanoseconds left = end_ - processor_time();
  if (left <= std::chrono::nanoseconds{0}) return true;
  look_ = now + left;
  return false;
}

}  // namespace vtp
