#include "tests/support/system_calls.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "tests/support/interposed.h"

namespace vtp {
namespace {

constexpr std::size_t few_bytes = 7;  // taken by a partial write

struct Recorded {
  std::mutex mutex;
  std::string folder;  // absolute path; empty: nothing is recorded
  std::vector<std::string> calls;
  std::optional<std::size_t> fails_at;
  int error = 0;
};

// Never destroyed: calls are made until the program ends.
Recorded& recorded() {
  static auto* const all = new Recorded;
  return *all;
}

thread_local bool interrupting = false;
// Per call, whether the last one was interrupted: two calls in one loop must not alternate forever.
thread_local std::map<std::string_view, bool> interrupted_last;
thread_local std::size_t interruptions = 0;

std::function<void(const sockaddr&)> before_connecting;
std::string host_name;
std::vector<std::string> host_addresses;

std::string path_of(int fd) {
  std::array<char, PATH_MAX> path;
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return {path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Nothing if it is not in the folder.
std::optional<std::string> name_in(const std::string& folder, const std::string& path) {
  if (path.empty()) return std::nullopt;
  const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  if (absolute == folder || absolute == folder + "/") return ".";
  if (!absolute.starts_with(folder + "/")) return std::nullopt;
  std::string name = absolute.substr(folder.size() + 1);
  if (name.ends_with('/')) name.pop_back();
  return name.ends_with(".part") ? "part" : name;
}

// Returns 0, or the error with which the call is to fail.
int record(std::string_view what, const std::string& path, const std::string& other = "") {
  Recorded& all = recorded();
  const std::lock_guard lock(all.mutex);
  if (all.folder.empty()) return 0;
  const auto name = name_in(all.folder, path);
  if (!name) return 0;
  std::string call = std::string(what) + ' ' + *name;
  if (!other.empty()) call += ' ' + name_in(all.folder, other).value_or(other);
  const bool again = what == "write" && !all.calls.empty() && all.calls.back() == call;
  if (!again) all.calls.push_back(call);
  return all.fails_at == all.calls.size() - 1 ? all.error : 0;
}

int record(std::string_view what, int fd) {
  {
    const std::lock_guard lock(recorded().mutex);
    if (recorded().folder.empty()) return 0;
  }
  return record(what, path_of(fd));
}

// Sets errno if the call is to fail.
bool fails(int error) {
  if (error == 0) return false;
  errno = error;
  return true;
}

bool is_interrupted(std::string_view call) {
  if (!interrupting) return false;
  bool& interrupts = interrupted_last[call];
  interrupts = !interrupts;
  if (interrupts) ++interruptions;
  return fails(interrupts ? EINTR : 0);
}

std::size_t some_of(std::size_t size) { return interrupting ? std::min(size, few_bytes) : size; }

template <class Open>
int open_with(Open real, const char* path, int flags, mode_t mode) {
  if (is_interrupted("open")) return -1;
  const bool makes = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
  if (makes && fails(record("make", path))) return -1;
  return real(path, flags, mode);
}

}  // namespace

RecordedCalls::RecordedCalls(const std::string& folder) {
  const std::lock_guard lock(recorded().mutex);
  recorded().folder = std::filesystem::absolute(folder).lexically_normal().string();
  if (recorded().folder.ends_with('/')) recorded().folder.pop_back();
  recorded().calls.clear();
}

RecordedCalls::~RecordedCalls() {
  const std::lock_guard lock(recorded().mutex);
  recorded().folder.clear();
  recorded().fails_at.reset();
}

std::vector<std::string> RecordedCalls::calls() const {
  const std::lock_guard lock(recorded().mutex);
  return recorded().calls;
}

void RecordedCalls::fail_at(std::size_t nth, int error) {
  const std::lock_guard lock(recorded().mutex);
  recorded().fails_at = nth;
  recorded().error = error;
}

InterruptedCalls::InterruptedCalls() {
  interrupting = true;
  interrupted_last.clear();
  interruptions = 0;
}
InterruptedCalls::~InterruptedCalls() { interrupting = false; }
std::size_t InterruptedCalls::count() const { return interruptions; }

BeforeConnecting::BeforeConnecting(std::function<void(const sockaddr&)> call) {
  before_connecting = std::move(call);
}
BeforeConnecting::~BeforeConnecting() { before_connecting = {}; }

NamedHost::NamedHost(const std::string& name, const std::vector<std::string>& addresses) {
  host_name = name;
  host_addresses = addresses;
}
NamedHost::~NamedHost() { host_name.clear(); }

}  // namespace vtp

// The calls that the library makes; SQLite has its own ways to files, and its own test (fault_vfs.h).
extern "C" {

int open(const char* path, int flags, ...) {
  static auto* const real = vtp::next<int(const char*, int, ...)>("open");
  va_list more;
  va_start(more, flags);
  const mode_t mode = vtp::mode_in(more, flags);
  va_end(more);
  return vtp::open_with(real, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  static auto* const real = vtp::next<int(const char*, int, ...)>("open64");
  va_list more;
  va_start(more, flags);
  const mode_t mode = vtp::mode_in(more, flags);
  va_end(more);
  return vtp::open_with(real, path, flags, mode);
}

ssize_t read(int fd, void* to, size_t size) {
  static auto* const real = vtp::next<ssize_t(int, void*, size_t)>("read");
  return vtp::is_interrupted("read") ? -1 : real(fd, to, size);
}

ssize_t pread(int fd, void* to, size_t size, off_t at) {
  static auto* const real = vtp::next<ssize_t(int, void*, size_t, off_t)>("pread");
  return vtp::is_interrupted("pread") ? -1 : real(fd, to, size, at);
}

ssize_t write(int fd, const void* from, size_t size) {
  static auto* const real = vtp::next<ssize_t(int, const void*, size_t)>("write");
  if (vtp::is_interrupted("write") || vtp::fails(vtp::record("write", fd))) return -1;
  return real(fd, from, vtp::some_of(size));
}

ssize_t pwrite(int fd, const void* from, size_t size, off_t at) {
  static auto* const real = vtp::next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  if (vtp::is_interrupted("pwrite") || vtp::fails(vtp::record("write", fd))) return -1;
  return real(fd, from, vtp::some_of(size), at);
}

ssize_t writev(int fd, const iovec* from, int count) {
  static auto* const real = vtp::next<ssize_t(int, const iovec*, int)>("writev");
  if (vtp::is_interrupted("writev") || vtp::fails(vtp::record("write", fd))) return -1;
  return real(fd, from, count);
}

int ftruncate(int fd, off_t size) noexcept {
  static auto* const real = vtp::next<int(int, off_t)>("ftruncate");
  return vtp::is_interrupted("ftruncate") ? -1 : real(fd, size);
}

int fsync(int fd) {
  static auto* const real = vtp::next<int(int)>("fsync");
  if (vtp::is_interrupted("fsync") || vtp::fails(vtp::record("sync", fd))) return -1;
  return real(fd);
}

// Not interrupted: SQLite calls it and would treat that as a disk error, as it may.
int fdatasync(int fd) {
  static auto* const real = vtp::next<int(int)>("fdatasync");
  if (vtp::fails(vtp::record("sync", fd))) return -1;
  return real(fd);
}

int fchmod(int fd, mode_t mode) noexcept {
  static auto* const real = vtp::next<int(int, mode_t)>("fchmod");
  return vtp::fails(vtp::record("mode", fd)) ? -1 : real(fd, mode);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = vtp::next<int(const char*, const char*)>("rename");
  return vtp::fails(vtp::record("rename", from, to)) ? -1 : real(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) noexcept {
  static auto* const real =
      vtp::next<int(int, const char*, int, const char*, unsigned int)>("renameat2");
  if (vtp::fails(vtp::record("rename", from, to))) return -1;
  return real(from_folder, from, to_folder, to, flags);
}

int link(const char* from, const char* to) noexcept {
  static auto* const real = vtp::next<int(const char*, const char*)>("link");
  return vtp::fails(vtp::record("link", from, to)) ? -1 : real(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const real = vtp::next<int(const char*)>("unlink");
  const bool there = ::access(path, F_OK) == 0;
  return there && vtp::fails(vtp::record("remove", path)) ? -1 : real(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = vtp::next<int(const char*, mode_t)>("mkdir");
  return vtp::fails(vtp::record("folder", path)) ? -1 : real(path, mode);
}

int poll(pollfd* descriptors, nfds_t count, int timeout) {
  static auto* const real = vtp::next<int(pollfd*, nfds_t, int)>("poll");
  return vtp::is_interrupted("poll") ? -1 : real(descriptors, count, timeout);
}

pid_t waitpid(pid_t child, int* status, int options) {
  static auto* const real = vtp::next<pid_t(pid_t, int*, int)>("waitpid");
  return vtp::is_interrupted("waitpid") ? -1 : real(child, status, options);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const real = vtp::next<int(int, const sockaddr*, socklen_t)>("connect");
  if (vtp::before_connecting) vtp::before_connecting(*address);
  return real(fd, address, size);
}

int getaddrinfo(const char* host, const char* service, const addrinfo* wanted, addrinfo** found) {
  static auto* const real =
      vtp::next<int(const char*, const char*, const addrinfo*, addrinfo**)>("getaddrinfo");
  if (!host || vtp::host_name.empty() || vtp::host_name != host)
    return real(host, service, wanted, found);
  for (const std::string& address : vtp::host_addresses) {
    if (const int error = real(address.c_str(), service, wanted, found)) return error;
    while (*found)
      found = &(*found)->ai_next;
  }
  return 0;
}

}  // extern "C"
