// The beginning of ivorns: which events somebody may send or sign.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace vtp {

// "ivo://authority", "ivo://authority/stream", "ivo://authority/stream#begin". Without a local part
// it stands for whole names: ivo://authority/tele is not the beginning of ivo://authority/telescope,
// nor ivo://authority that of ivo://authority.example; but a local part may begin anyhow. As in
// same_ivoid (ivoid.h), upper and lower case are the same before the local part, and different in it.
class IvornPrefix {
 public:
  // The problem says what is missing.
  [[nodiscard]] static Result<IvornPrefix> parse(std::string_view text);

  // Allocates nothing.
  [[nodiscard]] bool matches(std::string_view ivorn) const;

  // As it was given.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  explicit IvornPrefix(std::string text);

  std::string text_;
  std::size_t stream_;      // bytes before the local part
  bool has_local_ = false;  // there is a # or ?, perhaps with nothing after it
};

}  // namespace vtp
