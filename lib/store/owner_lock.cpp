#include "lib/store/owner_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <system_error>
#include <utility>

#include "lib/base/new_file.h"

namespace vtp {
namespace {

Owner owner_by_chance() {
  std::random_device device;
  std::uniform_int_distribution<Owner> numbers(1, most_owners - 1);
  return numbers(device);
}

}  // namespace

std::string lock_path(const std::string& database) { return database + "-claims"; }

// These locks belong to an open file description. SQLite's own locks belong to the process, and are
// lost when any descriptor of the file is closed.
Owner OwnerLocks::take() {
  open();
  const Owner owner = owner_by_chance();
  if (const int error = lock_file(file_.get(), owner, 1); error != 0)
    throw std::system_error(error, std::system_category(), path_);
  return owner;
}

bool OwnerLocks::alive(Owner owner) {
  open();
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = owner;
  lock.l_len = 1;
  if (::fcntl(file_.get(), F_OFD_GETLK, &lock) != 0)
    throw std::system_error(errno, std::system_category(), path_);
  return lock.l_type != F_UNLCK;
}

void OwnerLocks::open() {
  if (file_.get() >= 0) return;
  NewFile opened = open_or_make_file(path_, group_may_read);
  if (opened.error != 0) throw std::system_error(opened.error, std::system_category(), path_);
  file_ = std::move(opened.file);
}

}  // namespace vtp
