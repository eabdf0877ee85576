// Scans plain XML from the front: white space, characters, references, names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vtp {

// The classes of bytes; a byte may be in several.
struct Kind {
  enum : std::uint8_t {
    name_start = 1,
    name_more = 2,
    space = 4,
    uri = 8,
    // Bytes without a special meaning in text, in an attribute's value (where all white space but a
    // blank is special), and in a comment or a CDATA section.
    plain_text = 16,
    plain_value = 32,
    plain_inside = 64
  };
};

constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (std::size_t c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (letter || c == '_') kinds[c] |= Kind::name_start;
    if (letter || digit || c == '_' || c == '-' || c == '.')
      kinds[c] |= Kind::name_more | Kind::uri;
    if (c == '/') kinds[c] |= Kind::uri;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') kinds[c] |= Kind::space;
    if (c < 0x20 && (kinds[c] & Kind::space) == 0) continue;
    if (c != '<' && c != '&' && c != ']') kinds[c] |= Kind::plain_text;
    if (c >= 0x20 && c != '<' && c != '&' && c != '"' && c != '\'') kinds[c] |= Kind::plain_value;
    if (c != '-' && c != ']') kinds[c] |= Kind::plain_inside;
  }
  return kinds;
}

// True if the character is of one of the wanted kinds.
[[nodiscard]] inline bool is(char c, std::uint8_t wanted) {
  static constexpr auto kinds = make_kinds();
  return (kinds[static_cast<unsigned char>(c)] & wanted) != 0;
}

// Each function that returns a bool takes what its name says off the front, and returns false if it
// is not there, or is in doubt.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  // The text that has not been taken.
  [[nodiscard]] std::string_view left() const { return left_; }

  bool take(std::string_view token) {
    if (!left_.starts_with(token)) return false;
    left_.remove_prefix(token.size());
    return true;
  }

  bool spaces() {
    const std::size_t before = left_.size();
    characters(Kind::space);
    return left_.size() < before;
  }

  // Takes all characters of that kind at the front; there may be none.
  void characters(std::uint8_t kind) {
    std::size_t count = 0;
    while (count < left_.size() && is(left_[count], kind))
      ++count;
    left_.remove_prefix(count);
  }

  // Takes one character that `characters` does not take, in ASCII or not (UTF-8, RFC 3629). left()
  // must not be empty.
  bool one_character();

  // A reference to one of XML's predefined entities, or to a character (XML 1.0, section 4.1).
  bool reference();

  // Any characters, up to and including `end`.
  bool up_to(std::string_view end);

  // An ASCII name without a colon.
  bool name(std::string_view& name) {
    if (left_.empty() || !is(left_[0], Kind::name_start)) return false;
    const std::string_view before = left_;
    characters(Kind::name_more);
    name = before.substr(0, before.size() - left_.size());
    return true;
  }

 private:
  std::string_view left_;
};

}  // namespace vtp
