// Reads a file of settings, such as options (--config=FILE), one per line:
//
//     # Brackets, quotes and backslashes have no special meaning.
//     receive
//     keep = 90
//     filter = //Param[@name="magnitude" and @value<15]
//
// White space around a name or a value is trimmed, and so is the CR of a Windows line end; blank
// lines and lines that begin with # are skipped. There are no quotes, escapes or continuation
// lines, so that a command or an XPath as a value needs no escaping.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace vtp {

// One line's name and value. Whether the program has such an option is checked elsewhere.
struct Setting {
  std::string location;              // "FILE:12", for the beginning of a message
  std::string name;                  // never empty: a = at the beginning of the line belongs to it
  std::optional<std::string> value;  // the text after the first =; none: there is no =
};

inline constexpr std::size_t max_settings_size = 1024 * 1024;

// The settings in a file, or in standard input for "-", in order. The problem is one line without
// the file's name: the file cannot be read, is not text, or has more than max_settings_size bytes.
[[nodiscard]] Result<std::vector<Setting>> read_settings(const std::string& file);

}  // namespace vtp
