#include "lib/voevent/content.h"

#include <cstddef>

namespace vtp {

const Child* ContentProgress::next(const Type& type, Name name) {
  if (name == Name::unknown) return nullptr;
  std::uint16_t bit = 1;
  for (const Child& child : type.children) {
    if (child.name == name) {
      if (type.model == Model::all && (seen_ & bit) != 0) return nullptr;
      if (type.model == Model::sequence) {
        const auto step = static_cast<std::uint8_t>(child.step + 1);
        if (step < step_ || (step == step_ && !child.repeats)) return nullptr;
        step_ = step;
      }
      seen_ |= bit;
      return &child;
    }
    bit = static_cast<std::uint16_t>(bit << 1);
  }
  return nullptr;
}

const Child* ContentProgress::missing(const Type& type) const {
  if (type.model == Model::some) return seen_ == 0 ? &type.children.front() : nullptr;
  std::uint16_t bit = 1;
  for (const Child& child : type.children) {
    if (child.required && (seen_ & bit) == 0) return &child;
    bit = static_cast<std::uint16_t>(bit << 1);
  }
  return nullptr;
}

}  // namespace vtp
