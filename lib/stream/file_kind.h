// What a file is that holds no events, by its first bytes: for people who named one by mistake.
#pragma once

#include <cstddef>
#include <string_view>

namespace vtp {

// So many bytes from a file's front tell all that can be told.
inline constexpr std::size_t file_kind_bytes = 262;

struct FileKind {
  std::string_view what;  // and what to do with it: "is a tar archive; extract it first (tar -xf)"
  bool may_be_known = false;  // there is nothing yet, but with more bytes there may be
};

// The bytes begin as an XML document does: "<", perhaps behind a byte-order mark or white space. UTF-16
// without a mark, and UTF-32, do not: a stream cannot carry them.
[[nodiscard]] bool begins_as_xml(std::string_view bytes);

// What a file is that begins so, none of which begins as XML does. Any thread.
[[nodiscard]] FileKind kind_of_file(std::string_view first_bytes);

}  // namespace vtp
