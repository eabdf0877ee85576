// A file to read from, or standard input.
#pragma once

#include <cstddef>
#include <string>

#include "lib/base/result.h"

namespace vtp {

// Standard input, as the tools' operands name it.
inline constexpr const char* standard_input = "-";

// Closed at the end, unless it is standard input.
class InputFile {
 public:
  // Opens it; a signal does not interrupt that.
  explicit InputFile(const std::string& file);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Negative if it could not be opened.
  [[nodiscard]] int fd() const { return fd_; }
  // Why it could not be opened, one line without the file's name; empty if it was.
  [[nodiscard]] const Problem& problem() const { return problem_; }

 private:
  bool owned_;
  int fd_;
  Problem problem_;
};

// All of the file's bytes, or of standard input for "-". The problem is one line without the file's
// name: it cannot be read, or has more than `most` bytes; no more than that is ever read.
[[nodiscard]] Result<std::string> read_file(const std::string& file, std::size_t most);

}  // namespace vtp
