// Who has the turn to write to a database (lib/store/write_turn.h).
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>

#include "lib/base/descriptor.h"
#include "lib/base/new_file.h"
#include "lib/store/owner_lock.h"

namespace vtp {

// Whether somebody has it. database: as Database::file().
inline bool is_taken(const std::string& database) {
  const NewFile file = open_or_make_file(lock_path(database), group_may_read);
  if (file.error != 0) throw std::runtime_error("no lock file");
  return lock_file(file.file.get(), most_owners, 1) == EAGAIN;
}

}  // namespace vtp
