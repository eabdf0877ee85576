#include "tests/support/exhaustion.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/support/interposed.h"

namespace vtp {
namespace {

// Bytes of the smallest allocation that counts: messages, events, coroutine frames. Smaller ones
// are mostly Asio's own, for pending operations, and it ends the process if one that it needs to
// end a coroutine fails.
constexpr std::size_t least_allocation = 400;

std::atomic<bool> counting{false};
std::atomic<Scarce> scarce{Scarce::descriptors};
std::atomic<std::uint64_t> left{0};
std::atomic<bool> failed{false};
thread_local int exempt = 0;
thread_local int counted = 0;

bool fails(Scarce what) {
  if (!counting || scarce != what) return false;
  if (what == Scarce::memory ? counted == 0 : exempt > 0) return false;
  if (--left != 0) return false;
  counting = false;
  failed = true;
  return true;
}

bool cannot_open() {
  if (!fails(Scarce::descriptors)) return false;
  errno = EMFILE;
  return true;
}

void* try_to_allocate(std::size_t size) noexcept {
  return size >= least_allocation && fails(Scarce::memory) ? nullptr
                                                           : std::malloc(size == 0 ? 1 : size);
}

void* allocate(std::size_t size) {
  void* memory = try_to_allocate(size);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void fail_at(Scarce what, std::uint64_t nth) {
  scarce = what;
  left = nth;
  failed = false;
  counting = true;
}

bool fail_no_more() {
  counting = false;
  return failed;
}

Counted::Counted() { ++counted; }
Counted::~Counted() { --counted; }
Exempt::Exempt() { ++exempt; }
Exempt::~Exempt() { --exempt; }

}  // namespace vtp

void* operator new(std::size_t size) { return vtp::allocate(size); }
void* operator new[](std::size_t size) { return vtp::allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return vtp::try_to_allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return vtp::try_to_allocate(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

// Each call by which this library or one that it uses opens a descriptor.
extern "C" {

int socket(int domain, int type, int protocol) {
  static auto* const real = vtp::next<int(int, int, int)>("socket");
  return vtp::cannot_open() ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int* ends) {
  static auto* const real = vtp::next<int(int, int, int, int*)>("socketpair");
  return vtp::cannot_open() ? -1 : real(domain, type, protocol, ends);
}

int accept(int listener, sockaddr* peer, socklen_t* size) {
  static auto* const real = vtp::next<int(int, sockaddr*, socklen_t*)>("accept");
  return vtp::cannot_open() ? -1 : real(listener, peer, size);
}

int accept4(int listener, sockaddr* peer, socklen_t* size, int flags) {
  static auto* const real = vtp::next<int(int, sockaddr*, socklen_t*, int)>("accept4");
  return vtp::cannot_open() ? -1 : real(listener, peer, size, flags);
}

int pipe(int* ends) noexcept {
  static auto* const real = vtp::next<int(int*)>("pipe");
  return vtp::cannot_open() ? -1 : real(ends);
}

int pipe2(int* ends, int flags) noexcept {
  static auto* const real = vtp::next<int(int*, int)>("pipe2");
  return vtp::cannot_open() ? -1 : real(ends, flags);
}

int eventfd(unsigned int start, int flags) noexcept {
  static auto* const real = vtp::next<int(unsigned int, int)>("eventfd");
  return vtp::cannot_open() ? -1 : real(start, flags);
}

int epoll_create1(int flags) noexcept {
  static auto* const real = vtp::next<int(int)>("epoll_create1");
  return vtp::cannot_open() ? -1 : real(flags);
}

int timerfd_create(clockid_t clock, int flags) noexcept {
  static auto* const real = vtp::next<int(clockid_t, int)>("timerfd_create");
  return vtp::cannot_open() ? -1 : real(clock, flags);
}

int open(const char* path, int flags, ...) {
  static auto* const real = vtp::next<int(const char*, int, ...)>("open");
  va_list more;
  va_start(more, flags);
  const mode_t mode = vtp::mode_in(more, flags);
  va_end(more);
  return vtp::cannot_open() ? -1 : real(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static auto* const real = vtp::next<int(const char*, int, ...)>("open64");
  va_list more;
  va_start(more, flags);
  const mode_t mode = vtp::mode_in(more, flags);
  va_end(more);
  return vtp::cannot_open() ? -1 : real(path, flags, mode);
}

}  // extern "C"
