// A file for the diagnostics (--logfile), which can be reopened after log rotation.
#pragma once

#include <string>
#include <system_error>

#include "lib/base/descriptor.h"

namespace vtp {

class LogFile {
 public:
  // Opens the file for appending. Makes it if it does not exist, with mode 0666 less the umask. A
  // FIFO must have a reader already: this does not wait for one. Throws std::runtime_error with a
  // message of one line on failure. The path is made absolute, so a later chdir(2) does not matter.
  explicit LogFile(const std::string& path);

  // For Log, and to be passed on to commands; stays the same and open for the life of this object.
  [[nodiscard]] int fd() const { return file_.get(); }

  // The absolute path.
  [[nodiscard]] const std::string& path() const { return path_; }

  // After the file was moved away: makes a new one, to which fd() refers from then on. Lines that
  // other threads write meanwhile go whole into one of the two files. On error the old file stays
  // in use; no_such_device_or_address means a FIFO without a reader.
  [[nodiscard]] std::error_code reopen();

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace vtp
