// Looks known names up by their text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/voevent/names.h"

namespace vtp {
namespace name_table {

inline constexpr std::size_t slots = 512;
static_assert(known_names.size() < slots / 2);

// Three bytes and the length tell most of the names apart.
constexpr std::size_t slot_of(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [text](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
  };
  return (text.size() * 151 + byte(0) * 37 + byte(text.size() / 2) * 11 +
          byte(text.size() - 1) * 5) %
         slots;
}

constexpr std::array<Name, slots> make() {
  std::array<Name, slots> table{};
  for (std::size_t i = 1; i < known_names.size(); ++i) {
    std::size_t slot = slot_of(known_names[i]);
    while (table[slot] != Name::unknown)
      slot = (slot + 1) % slots;
    table[slot] = static_cast<Name>(i);
  }
  return table;
}

inline constexpr auto table = make();

}  // namespace name_table

// Name::unknown for any other text. Any thread.
[[nodiscard]] constexpr Name name_of(std::string_view text) {
  using namespace name_table;
  for (std::size_t slot = slot_of(text); table[slot] != Name::unknown; slot = (slot + 1) % slots)
    if (text_of(table[slot]) == text) return table[slot];
  return Name::unknown;
}

}  // namespace vtp
