#include "lib/xml/scanner.h"

namespace vtp {
namespace {

bool is_xml_character(std::uint32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xD7FF) ||
         (c >= 0xE000 && c <= 0xFFFD) || (c >= 0x10000 && c <= 0x10FFFF);
}

}  // namespace

bool Scanner::one_character() {
  const auto first = static_cast<unsigned char>(left_[0]);
  if (first < 0x80) {
    if (first < 0x20) return false;
    left_.remove_prefix(1);
    return true;
  }
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || left_.size() < size) return false;
  std::uint32_t character = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(left_[i]);
    if ((next & 0xC0) != 0x80) return false;
    character = character << 6 | (next & 0x3FU);
  }
  if ((size == 3 && character < 0x800) || (size == 4 && character < 0x10000)) return false;
  left_.remove_prefix(size);
  return is_xml_character(character);
}

bool Scanner::reference() {
  for (const std::string_view known : {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"})
    if (take(known)) return true;
  if (!take("&#")) return false;
  const std::uint32_t base = take("x") ? 16 : 10;
  std::uint32_t character = 0;
  std::size_t digits = 0;
  for (; !left_.empty() && left_[0] != ';'; left_.remove_prefix(1)) {
    const char c = left_[0];
    const bool letter = base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    if (!letter && (c < '0' || c > '9')) return false;
    character =
        character * base + static_cast<std::uint32_t>(letter ? (c | 0x20) - 'a' + 10 : c - '0');
    if (++digits > 6) return false;
  }
  return digits > 0 && take(";") && is_xml_character(character);
}

bool Scanner::up_to(std::string_view end) {
  while (!take(end)) {
    if (left_.empty()) return false;
    const std::size_t before = left_.size();
    characters(Kind::plain_inside);
    if (left_.size() == before && !one_character()) return false;
  }
  return true;
}

}  // namespace vtp
