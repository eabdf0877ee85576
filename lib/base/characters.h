// Characters of texts that others wrote: which of them could forge a line, steer a terminal, or hide
// something from who reads it.
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

// Of a text that is not empty.
[[nodiscard]] Character first_character(std::string_view text);

// Control characters (C0, DEL, C1), line and paragraph separators, and what nobody sees: format
// characters (Unicode's general category Cf), which change the direction of what stands around them, and
// all others that are ignored by default (Default_Ignorable_Code_Point), as joiners, tags, fillers and
// variation selectors are.
[[nodiscard]] bool is_harmful(char32_t code);

// The text with `?` in place of each such character, and of each byte that is not UTF-8; for whoever can
// do nothing with an escape.
[[nodiscard]] std::string harmless(std::string_view text);

// The text with `?` in place of each character that XML has no form for, not even an escaped one (XML 1.0,
// section 2.2), and of each byte that is not UTF-8. What stands for markup in it is not escaped.
[[nodiscard]] std::string allowed_in_xml(std::string_view text);

// The text itself, or so much of it, up to a character's beginning, and "…", where it has more bytes.
[[nodiscard]] std::string bounded(std::string_view text, std::size_t limit);

// A text in JSON with each such character as \uXXXX, which says the same (RFC 8259, section 7). Outside
// of its strings it must have none.
[[nodiscard]] std::string escaped_in_json(std::string json);

}  // namespace vtp
