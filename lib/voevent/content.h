// Follows the children of one element and says which may come next.
#pragma once

#include <cstdint>

#include "lib/voevent/schema.h"

namespace vtp {

class ContentProgress {
 public:
  // The next child of an element of this type; nullptr if none by that name may come here.
  [[nodiscard]] const Child* next(const Type& type, Name name);

  // The children end here: what still had to come? For Model::some, where one of several had to,
  // the first of them. nullptr if nothing is missing.
  [[nodiscard]] const Child* missing(const Type& type) const;

 private:
  std::uint16_t seen_ = 0;  // a bit for each of type.children
  std::uint8_t step_ = 0;   // the furthest that was taken, from 1
};

}  // namespace vtp
