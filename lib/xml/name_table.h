// A hash table that finds the names of a vocabulary by their text.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "lib/xml/name.h"

namespace vtp {

// Immutable: any thread.
class NameTable {
 public:
  // The vocabulary must outlive the table. Throws std::invalid_argument if it is too large; for a
  // constant vocabulary this is a compile-time error.
  explicit constexpr NameTable(Vocabulary names) : names_(names) {
    if (names.size() > largest_vocabulary) throw std::invalid_argument("too many names");
    for (std::size_t i = 1; i < names.size(); ++i) {
      std::size_t slot = slot_of(names[i]);
      while (slots_[slot] != Name::unknown)
        slot = (slot + 1) % slots_.size();
      slots_[slot] = static_cast<Name>(i);
    }
  }

  // Name::unknown for a text that is not in the vocabulary.
  [[nodiscard]] constexpr Name find(std::string_view text) const {
    std::size_t slot = slot_of(text);
    for (; slots_[slot] != Name::unknown; slot = (slot + 1) % slots_.size())
      if (names_[static_cast<std::size_t>(slots_[slot])] == text) return slots_[slot];
    return Name::unknown;
  }

 private:
  static constexpr std::size_t slots = 2 * largest_vocabulary;

  // Three bytes and the length distinguish most names.
  static constexpr std::size_t slot_of(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [text](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
    };
    return (text.size() * 151 + byte(0) * 37 + byte(text.size() / 2) * 11 +
            byte(text.size() - 1) * 5) %
           slots;
  }

  Vocabulary names_;
  std::array<Name, slots> slots_{};
};

}  // namespace vtp
