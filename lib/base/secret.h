// Secrets, such as keys and passwords: the files that they stand in, and the memory of the program
// that holds them.
#pragma once

#include <optional>
#include <string>

namespace vtp {

// A warning of one line if users other than its owner can read the file, by its mode: everybody, or
// its group. A group does not count if the file is root's, who gave it to that group on purpose.
// Nothing for a file that does not exist. Ask this for files that contain a secret.
[[nodiscard]] std::optional<std::string> warning_of_readable_secret(const std::string& file);

// Call it once this process is about to hold a secret. From then on the system writes no core dump
// of it, whatever the limit of its size and whoever would get it, and no other process of the same
// user can read its memory or trace it. Commands that the process runs are not affected. Any thread.
void keep_memory_secret();

}  // namespace vtp
