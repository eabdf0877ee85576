#include "lib/owner_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <system_error>
#include <unistd.h>

namespace vtp {
namespace {

struct flock lock_of(Owner owner) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = owner;
  lock.l_len = 1;
  return lock;
}

Owner owner_by_chance() {
  std::random_device device;
  std::uniform_int_distribution<Owner> numbers(1, (Owner{1} << 62) - 1);
  return numbers(device);
}

}  // namespace

OwnerLocks::~OwnerLocks() {
  if (fd_ >= 0) ::close(fd_);
}

// Locks of an open file description, not of a process: SQLite's own are the latter, and are lost
// when any descriptor of the file is closed.
Owner OwnerLocks::take() {
  open();
  const Owner owner = owner_by_chance();
  struct flock lock = lock_of(owner);
  if (::fcntl(fd_, F_OFD_SETLK, &lock) != 0)
    throw std::system_error(errno, std::system_category(), path_);
  return owner;
}

bool OwnerLocks::alive(Owner owner) {
  open();
  struct flock lock = lock_of(owner);
  if (::fcntl(fd_, F_OFD_GETLK, &lock) != 0)
    throw std::system_error(errno, std::system_category(), path_);
  return lock.l_type != F_UNLCK;
}

void OwnerLocks::open() {
  if (fd_ >= 0) return;
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) throw std::system_error(errno, std::system_category(), path_);
}

}  // namespace vtp
