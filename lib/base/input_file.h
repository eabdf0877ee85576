// A file to read from, or standard input.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "lib/base/descriptor.h"
#include "lib/base/result.h"

namespace vtp {

// The operand that means standard input.
inline constexpr const char* standard_input = "-";

// Closed by the destructor, unless it is standard input.
class InputFile {
 public:
  // Opens the file; a signal does not interrupt this.
  explicit InputFile(const std::string& file);

  // Negative if the file could not be opened.
  [[nodiscard]] int fd() const { return fd_; }
  // Why the file could not be opened, in one line without its name; empty if it was opened.
  [[nodiscard]] const Problem& problem() const { return problem_; }

 private:
  Descriptor opened_;  // none for standard input
  int fd_;
  Problem problem_;
};

// A warning of one line if this process may not read the file, which it will want to do again at
// SIGHUP.
[[nodiscard]] std::optional<std::string> warning_of_unreadable(const std::string& file);

// All bytes of the file, or of standard input for "-". The problem is one line without the file's
// name: the file cannot be read, or has more than `most` bytes, in which case reading stops there.
[[nodiscard]] Result<std::string> read_file(const std::string& file, std::size_t most);

}  // namespace vtp
