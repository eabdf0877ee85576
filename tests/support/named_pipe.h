// A named pipe, for code that opens files.
#pragma once

#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/temporary.h"

namespace vtp {

// Both ends are open here, too, so that opening it never blocks.
class NamedPipe {
 public:
  NamedPipe() {
    REQUIRE(::mkfifo(path().c_str(), 0600) == 0);
    fd_ = ::open(path().c_str(), O_RDWR | O_CLOEXEC);
  }
  ~NamedPipe() { close(); }
  NamedPipe(const NamedPipe&) = delete;
  NamedPipe& operator=(const NamedPipe&) = delete;

  [[nodiscard]] std::string path() const { return folder_.file("pipe"); }
  void write(const std::string& bytes) const {
    REQUIRE(::write(fd_, bytes.data(), bytes.size()) == std::ssize(bytes));
  }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  TemporaryFolder folder_;
  int fd_ = -1;
};

}  // namespace vtp
