// A value, or one line of text that says why there is none; for outcomes that are expected.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace vtp {

struct Problem {
  std::string text;
};

// Holds a T or a Problem. value() may only be called if it holds a T, problem() only if a Problem.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : either_(std::in_place_index<0>, std::move(value)) {}
  Result(Problem problem) : either_(std::in_place_index<1>, std::move(problem)) {}

  explicit operator bool() const { return either_.index() == 0; }

  const T& value() const& { return std::get<0>(either_); }
  T&& value() && { return std::get<0>(std::move(either_)); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }
  const std::string& problem() const { return std::get<1>(either_).text; }

 private:
  std::variant<T, Problem> either_;
};

}  // namespace vtp
