// Options that stand in a file, one a line, as --config names it:
//
//     # Brackets, quotes and backslashes are nothing special.
//     receive
//     keep = 90
//     filter = //Param[@name="magnitude" and @value<15]
//
// White space around a name or a value is trimmed, and so is the CR of a line from Windows; blank
// lines and those that begin with # are passed over. There are no quotes, escapes or lines that go on:
// they would have to be doubled where a value, a command or an XPath, has such characters itself.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/result.h"

namespace vtp {

// What one line says; whether there is such an option is not known here.
struct Setting {
  std::string location;              // "FILE:12", to begin a message with
  std::string name;                  // never empty: a = that the line begins with belongs to it
  std::optional<std::string> value;  // what stands behind the first =; none: there is no =
};

inline constexpr std::size_t max_config_size = 1024 * 1024;

// What a file says, or standard input for "-", in order. The problem is one line without the file's
// name: it cannot be read, is no text, or has more than max_config_size bytes.
[[nodiscard]] Result<std::vector<Setting>> read_settings(const std::string& file);

}  // namespace vtp
