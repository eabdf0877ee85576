// A filter's text taken apart, as XPath 1.0 has it (section 3.7), for whoever looks at it or changes it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace vtp {

struct Token {
  std::string_view space;  // white space before it
  std::string_view text;
  bool operates = false;       // it is an operator
  bool after_operand = false;  // what stands before it is something to operate on, or ends it
  std::size_t partner = 0;     // of an opening bracket: the index of the closing one
};

// What stands before a token decides what it is.
class Tokens {
 public:
  // Any text; it must stay.
  explicit Tokens(std::string_view text);

  [[nodiscard]] const std::vector<Token>& all() const { return all_; }
  // Something in it is not as the standard has it.
  [[nodiscard]] bool odd() const { return odd_; }

 private:
  bool classify(Token& token);

  std::vector<Token> all_;
  bool odd_ = false;
};

// Of a token: it is a name, with a colon in none of its parts; it is a literal or a number.
[[nodiscard]] bool is_name(std::string_view token);
[[nodiscard]] bool is_constant(std::string_view token);

[[nodiscard]] bool is_one_of(std::string_view token, std::initializer_list<std::string_view> all);

}  // namespace vtp
