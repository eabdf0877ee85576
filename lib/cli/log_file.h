// A file that the log is written to, which others may move away to start a new one.
#pragma once

#include <string>
#include <system_error>

#include "lib/base/descriptor.h"

namespace vtp {

class LogFile {
 public:
  // Opens the file to append to it, and makes it if need be, for everybody to read and write whom
  // the umask lets. A FIFO must have somebody who reads it: nobody is waited for. Throws
  // std::runtime_error, in one line, if that cannot be. What is written goes to the file of that name
  // now, wherever the program goes later.
  explicit LogFile(const std::string& path);

  // For Log, and to be passed on; stays the same and open as long as this lives.
  [[nodiscard]] int fd() const { return file_.get(); }

  // Absolute.
  [[nodiscard]] const std::string& path() const { return path_; }

  // After the file was moved away: makes a new one, and has fd() stand for that. Lines that other
  // threads write meanwhile come whole into one of the two. If there can be no new one, all goes on
  // into the old; no_such_device_or_address: it is a FIFO that nobody reads.
  [[nodiscard]] std::error_code reopen();

 private:
  std::string path_;
  Descriptor file_;
};

}  // namespace vtp
