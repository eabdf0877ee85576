// A file that holds a running program's process number, and keeps a second one from starting: it is
// locked as long as the program lives, whatever ends it.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

class PidFile {
 public:
  // Locks the file, which is made if need be, and empties it: a number that a killed program left
  // means nothing. Throws std::runtime_error, in one line, if there can be no such file, or if it
  // holds something else than a process number, which is left as it is.
  explicit PidFile(std::string path);

  // Removes the file, if this process has written it.
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  // Whether we have the lock. If not, the program runs already.
  [[nodiscard]] bool is_ours() const { return file_.get() >= 0; }

  // The process that has the lock, if that has written its number yet.
  [[nodiscard]] std::optional<pid_t> holder() const { return holder_; }

  // Writes this process's number. A child that came of fork() shares the lock, and is who writes if
  // it goes on alone. No command that is run inherits it. Throws std::runtime_error.
  void write();

 private:
  [[nodiscard]] bool is_at_path() const;
  [[noreturn]] void fail(int error) const;

  std::string path_;
  Descriptor file_;
  std::optional<pid_t> holder_;
  pid_t writer_ = 0;
};

}  // namespace vtp
