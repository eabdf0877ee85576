// A document's encoding, as far as its first bytes show it (XML 1.0, section 4.3.3).
#pragma once

#include <string_view>

namespace vtp {

// True if the document begins with the byte-order mark of UTF-16.
[[nodiscard]] constexpr bool begins_as_utf16(std::string_view document) {
  return document.starts_with("\xFE\xFF") || document.starts_with("\xFF\xFE");
}

}  // namespace vtp
