// Recognizes a file that is not a stream of events by its first bytes, for a helpful message.
#pragma once

#include <cstddef>
#include <string_view>

namespace vtp {

// The number of first bytes that are enough to recognize every known kind.
inline constexpr std::size_t file_kind_bytes = 262;

struct FileKind {
  std::string_view what;  // and what to do with it: "is a tar archive; extract it first (tar -xf)"
  bool may_be_known = false;  // `what` is empty, but more bytes may tell
};

// True if the bytes begin as an XML document does: "<", optionally after a byte-order mark or white
// space. False for UTF-16 without a byte-order mark, and for UTF-32: a stream cannot carry them.
[[nodiscard]] bool begins_as_xml(std::string_view bytes);

// The kind of a file with these first bytes; empty for anything that begins as XML does. Any
// thread.
[[nodiscard]] FileKind kind_of_file(std::string_view first_bytes);

}  // namespace vtp
