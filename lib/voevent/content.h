// Checks the order of one element's children: which child may come next, and which is missing.
#pragma once

#include <cstdint>

#include "lib/voevent/schema.h"

namespace vtp {

class ContentProgress {
 public:
  // Accepts the next child of an element of this type; nullptr if a child of that name is not
  // allowed here.
  [[nodiscard]] const Child* next(const Type& type, Name name);

  // After the last child: the child that is missing, or nullptr if none is. For Model::some, which
  // needs one of several, the first of them.
  [[nodiscard]] const Child* missing(const Type& type) const;

 private:
  std::uint16_t seen_ = 0;  // one bit for each of type.children
  std::uint8_t step_ = 0;   // the furthest step so far, from 1
};

}  // namespace vtp
