// Takes plain XML apart, from its front on: white space, characters, references, names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vtp {

// What a byte may be.
struct Kind {
  enum : std::uint8_t {
    name_start = 1,
    name_more = 2,
    space = 4,
    uri = 8,
    // What is nothing special in a text, in an attribute's value, where white space but a blank is, and in
    // a comment or a CDATA section.
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

// It is of one of these kinds.
[[nodiscard]] inline bool is(char c, std::uint8_t wanted) {
  static constexpr auto kinds = make_kinds();
  return (kinds[static_cast<unsigned char>(c)] & wanted) != 0;
}

// Each function that gives a bool takes what it is named for, and gives false where that is not there,
// or is in doubt.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  // What has not been taken.
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

  // As many as are of that kind, if any.
  void characters(std::uint8_t kind) {
    std::size_t count = 0;
    while (count < left_.size() && is(left_[count], kind))
      ++count;
    left_.remove_prefix(count);
  }

  // One that is special elsewhere, or not in ASCII (RFC 3629). Something must be left.
  bool one_character();

  // A reference to one of XML's own entities, or to a character (XML 1.0, section 4.1).
  bool reference();

  // Any characters, and then that.
  bool up_to(std::string_view end);

  // A name without a colon, of ASCII.
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
