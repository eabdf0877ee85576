#include "lib/store/broker_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "lib/base/new_file.h"
#include "lib/store/database.h"
#include "lib/store/owner_lock.h"

namespace vtp {
namespace {

// Names the process that holds the lock; empty if it has not written its number yet.
std::string holder_in(int fd) {
  std::array<char, 32> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return "";
  pid_t process = 0;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), process);
  return error == std::errc{} && process > 0 ? fmt::format(" (process {})", process) : "";
}

// Only for messages to people: the lock is valid without it.
void write_holder(int fd) {
  const std::string line = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, line.data(), line.size(), 0);
}

}  // namespace

BrokerLock::BrokerLock(const std::string& database) {
  const std::string path = lock_path(database);
  NewFile opened = open_or_make_file(path, group_may_read);
  if (opened.error != 0) throw StoreError(fmt::format("{}: {}", path, std::strerror(opened.error)));
  file_ = std::move(opened.file);
  const int error = lock_file(file_.get(), 0, 1);
  if (error == 0) {
    write_holder(file_.get());
    return;
  }
  if (error != EAGAIN) throw StoreError(fmt::format("{}: {}", path, std::strerror(error)));
  throw StoreError(fmt::format("{} is in use by another broker{}; give each broker its own",
                               database, holder_in(file_.get())));
}

}  // namespace vtp
