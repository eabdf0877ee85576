// A hash table that finds known names by their address, for a parser that keeps every name once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/xml/name.h"

namespace vtp {

class NameIndex {
 public:
  // May be called at most largest_vocabulary times.
  void add(const void* address, Name name) {
    std::size_t slot = slot_of(address);
    while (slots_[slot].address != nullptr)
      slot = (slot + 1) % slots_.size();
    slots_[slot] = {address, name};
  }

  [[nodiscard]] Name find(const void* address) const {
    std::size_t slot = slot_of(address);
    for (; slots_[slot].address != nullptr; slot = (slot + 1) % slots_.size())
      if (slots_[slot].address == address) return slots_[slot].name;
    return Name::unknown;
  }

 private:
  struct Slot {
    const void* address = nullptr;
    Name name = Name::unknown;
  };
  static constexpr int bits = 9;
  static_assert(largest_vocabulary <= (std::size_t{1} << bits) / 2);

  // Fibonacci hashing: the upper bits of the product depend on all of the address.
  static std::size_t slot_of(const void* address) {
    const auto number = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    return static_cast<std::size_t>(number * 0x9e3779b97f4a7c15u >> (64 - bits));
  }

  std::array<Slot, std::size_t{1} << bits> slots_{};
};

}  // namespace vtp
