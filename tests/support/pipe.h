// A pipe, for code that writes to a file descriptor.
#pragma once

#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "tests/support/catch.h"

namespace vtp {

// Both ends of a pipe.
class Pipe {
 public:
  Pipe() { REQUIRE(pipe2(ends_, O_CLOEXEC) == 0); }
  ~Pipe() {
    close_reading();
    close_writing();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_reading() { shut(ends_[0]); }
  void close_writing() { shut(ends_[1]); }
  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }

  // Reads the next byte; false at the end.
  [[nodiscard]] bool read_byte(char& byte) const { return ::read(ends_[0], &byte, 1) == 1; }

  // Reads to the end.
  [[nodiscard]] std::string read_all() const {
    std::string all;
    char buffer[1000];
    for (ssize_t got; (got = ::read(ends_[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

 private:
  static void shut(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  int ends_[2];
};

}  // namespace vtp
