#include "lib/base/characters.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace vtp {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted. Unicode 15.1.
constexpr Range harmful[] = {
    {0x0, 0x1F},        {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},
    {0x600, 0x605},     {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},
    {0x890, 0x891},     {0x8E2, 0x8E2},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD}, {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// Calls `take` with each character and its bytes; bytes that are not UTF-8 come singly (length 0).
template <typename Take>
void each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::size_t length = std::max<std::size_t>(character.length, 1);
    take(character, text.substr(0, length));
    text.remove_prefix(length);
  }
}

bool is_allowed_in_xml(char32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return code != 0xFFFE && code != 0xFFFF;
}

// The text with `?` for each character that `keep` rejects, and for each byte that is not UTF-8.
template <typename Keep>
std::string replaced(std::string_view text, Keep keep) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  each_character(text, [&](Character character, std::string_view bytes) {
    if (character.length > 0 && keep(character.code))
      out += bytes;
    else
      out += '?';
  });
  return out;
}

void append_utf16(std::string& out, char32_t code) {
  if (code < 0x10000) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    return;
  }
  const unsigned rest = static_cast<unsigned>(code) - 0x10000;
  out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

}  // namespace

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {code, length};
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool is_harmful(char32_t code) {
  const auto* range = std::ranges::lower_bound(harmful, code, {}, &Range::last);
  return range != std::end(harmful) && range->first <= code;
}

std::string harmless(std::string_view text) { return replaced(text, std::not_fn(is_harmful)); }

std::string allowed_in_xml(std::string_view text) { return replaced(text, is_allowed_in_xml); }

std::string bounded(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
    --limit;
  return std::string(text.substr(0, limit)) + "…";
}

std::string escaped_in_json(std::string json) {
  if (is_plain(json)) return json;
  std::string out;
  out.reserve(json.size());
  each_character(json, [&](Character character, std::string_view bytes) {
    if (character.length > 0 && is_harmful(character.code))
      append_utf16(out, character.code);
    else
      out += bytes;
  });
  return out;
}

std::string lower_case(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), lower);
  return small;
}

}  // namespace vtp
