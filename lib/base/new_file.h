// Opening files, and making new ones safely in folders to which others may write as well: what has
// such a name already, above all a link, is neither followed nor overwritten.
#pragma once

#include <cstddef>
#include <string>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

// The most permissive mode of a file that its owner may write and its group may read, independent
// of the umask, which may remove more.
inline constexpr mode_t group_may_read = 0640;

// A file that is open for reading and writing, with close-on-exec; or an errno value in `error`.
struct NewFile {
  Descriptor file;
  std::string path;  // empty if it has no name
  int error = 0;
};

// As open(2) with close-on-exec, but repeated if a signal interrupts it, as may happen while it
// waits for the other end of a FIFO or for a file server. Sets errno as open(2) does. Any thread.
[[nodiscard]] int open_file(const std::string& path, int flags, mode_t mode = 0);

// Syncs the folder's entries (names of files) to disk; without this, a power failure may remove new
// files again. Returns 0 or an errno value. Any thread.
[[nodiscard]] int sync_folder(const std::string& path);

// The folder that contains the file of this name.
[[nodiscard]] std::string folder_of(const std::string& path);

// Makes a new file named `path`, a dot, 16 random hexadecimal digits and `ending`. Any thread.
[[nodiscard]] NewFile make_file_beside(const std::string& path, const std::string& ending,
                                       mode_t mode);

// Makes a new file without a name, on the same disk as `path`; it disappears when it is closed. Any
// thread.
[[nodiscard]] NewFile make_nameless_file_beside(const std::string& path);

// Opens the regular file of that name, and makes it if it does not exist. The error is ELOOP for a
// symbolic link, EINVAL for anything else that is not a regular file. Any thread.
[[nodiscard]] NewFile open_or_make_file(const std::string& path, mode_t mode);

// Occupies that many bytes of the file's disk for a moment, in a file without a name. Returns an
// errno value if there is no room, 0 after any other error. Any thread.
[[nodiscard]] int occupy_room(const std::string& path, std::size_t room);

// Whether the modes of the file and of the folders above it let every user of this machine read it.
// Such a user can block all writing. file: an absolute path without links.
[[nodiscard]] bool everybody_may_read(const std::string& file);

}  // namespace vtp
