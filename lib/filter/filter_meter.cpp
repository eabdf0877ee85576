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

// libxml2's allocator: malloc, seen by whoever counts on this thread.
struct MeteredAllocator {
  static void* allocate(std::size_t size) {
    if (Meter::current_ != nullptr) Meter::current_->count(size);
    void* block = std::malloc(size);
    take(block);
    return block;
  }
  static void* reallocate(void* memory, std::size_t size) {
    if (Meter::current_ != nullptr) Meter::current_->count(size);  // it may be copied
    give_back(memory);
    void* block = std::realloc(memory, size);
    take(block != nullptr ? block : memory);  // if there is no other, this one stays
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

// It stays malloc, and can be given before main() only, when no other thread may be using it.
[[maybe_unused]] const int installed =
    xmlMemSetup(MeteredAllocator::release, MeteredAllocator::allocate, MeteredAllocator::reallocate,
                MeteredAllocator::duplicate);

// A text that is put together from many pieces, as an element's is, would be copied for each of them if its
// buffer did not double, as it always does from libxml2 2.14 on. The first is for the thread of main(), the second
// for those to come.
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

// The processor's time is a question to the system, which costs as much as some allocations; the other
// clock is read without one, and runs no slower.
bool Meter::is_over() {
  const auto now = std::chrono::steady_clock::now();
  if (now < look_) return false;
  const std::chrono::nanoseconds left = end_ - processor_time();
  if (left <= std::chrono::nanoseconds{0}) return true;
  look_ = now + left;
  return false;
}

}  // namespace vtp
