// Characters in untrusted text: which of them could forge a line, control a terminal, or hide
// something from the reader; and ways to replace or escape them. Small letters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vtp {

// One UTF-8 character at the start of a text (RFC 3629, section 4).
struct Character {
  char32_t code = 0;
  std::size_t length = 0;  // in bytes; 0: the bytes are not UTF-8
};

// The first character of a text, which must not be empty.
[[nodiscard]] Character first_character(std::string_view text);

// True for control characters (C0, DEL, C1), line and paragraph separators, and invisible
// characters: format characters (Unicode's general category Cf), which can change the direction of
// the text around them, and all others that are ignored by default (Default_Ignorable_Code_Point),
// such as joiners, tags, fillers and variation selectors.
[[nodiscard]] bool is_harmful(char32_t code);

// True if the text is printable ASCII only: no function here changes it.
[[nodiscard]] bool is_plain(std::string_view text);

// The text with `?` in place of each harmful character, and of each byte that is not UTF-8; for
// readers that do not understand escapes.
[[nodiscard]] std::string harmless(std::string_view text);

// The text with `?` in place of each character that XML has no form for, not even an escaped one
// (XML 1.0, section 2.2), and of each byte that is not UTF-8. Markup characters (<, & and so on)
// are not escaped.
[[nodiscard]] std::string allowed_in_xml(std::string_view text);

// The text, cut to at most `limit` bytes between two characters; if it was cut, "…" is appended.
[[nodiscard]] std::string bounded(std::string_view text, std::size_t limit);

// JSON text with each harmful character written as \uXXXX, which means the same (RFC 8259, section
// 7). There must be none outside of its strings.
[[nodiscard]] std::string escaped_in_json(std::string json);

// An ASCII capital as a small letter; others as they are, whatever the locale.
[[nodiscard]] constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace vtp
