// Opening files; and files that a program makes under names of its own choice, in folders in which others
// may write as well. Whatever has such a name already, a link above all, is neither followed nor
// overwritten.
#pragma once

#include <string>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

// The mode of what only its owner writes and its group may read, whatever the umask; that may take
// more away.
inline constexpr mode_t group_may_read = 0640;

// Open for reading and writing, closed when a command is run; or `error`, as errno says it.
struct NewFile {
  Descriptor file;
  std::string path;  // empty if it has no name
  int error = 0;
};

// As open(2), but a signal does not end it, which else may while it waits for a FIFO's other end or for a
// file server; closed when a command is run. errno is open(2)'s. Any thread.
[[nodiscard]] int open_file(const std::string& path, int flags, mode_t mode = 0);

// Has the system put on disk which files that folder has under which names, without which a power cut
// may take them away again. 0, or what errno says. Any thread.
[[nodiscard]] int sync_folder(const std::string& path);

// The folder that a file of this name is in.
[[nodiscard]] std::string folder_of(const std::string& path);

// A new file with that name, a dot, 16 random digits and that ending. Any thread.
[[nodiscard]] NewFile make_file_beside(const std::string& path, const std::string& ending,
                                       mode_t mode);

// A new file on the disk of that one, without a name: gone when it is closed. Any thread.
[[nodiscard]] NewFile make_nameless_file_beside(const std::string& path);

// The regular file of that name, which is made if there is none. A link there is ELOOP, and anything
// else EINVAL. Any thread.
[[nodiscard]] NewFile open_or_make_file(const std::string& path, mode_t mode);

}  // namespace vtp
