// A file that contains the process ID of a running program, and prevents a second instance: it is
// locked until the program ends, however it ends.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "lib/base/descriptor.h"

namespace vtp {

class PidFile {
 public:
  // Makes the file if it does not exist, locks it and empties it: a process ID left by a killed
  // program means nothing. Throws std::runtime_error with a message of one line if the file cannot
  // be made or locked, or if it contains anything but a process ID; such a file is left as it is.
  explicit PidFile(std::string path);

  // Removes the file if this process has written it.
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

  // Whether this process has the lock. If not, the program is already running.
  [[nodiscard]] bool is_ours() const { return file_.get() >= 0; }

  // The process that has the lock, if it has already written its process ID.
  [[nodiscard]] std::optional<pid_t> holder() const { return holder_; }

  // Writes this process's ID. A child made by fork() shares the lock; if the child continues alone,
  // it is the one to call this. Commands do not inherit the lock. Throws std::runtime_error.
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
