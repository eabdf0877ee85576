// Splits a filter's text into tokens (XPath 1.0, section 3.7), for analysing and rewriting it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace vtp {

struct Token {
  std::string_view space;  // the white space before it
  std::string_view text;
  bool operates = false;       // it is an operator
  bool after_operand = false;  // the token before it is an operand, or ends one
  std::size_t partner = 0;     // for an opening bracket: the index of the closing one
};

// Splits a text into tokens. The token before decides whether a name or * is an operator.
class Tokens {
 public:
  // Takes any text, which must outlive this.
  explicit Tokens(std::string_view text);

  [[nodiscard]] const std::vector<Token>& all() const { return all_; }
  // True if something in the text does not follow the standard.
  [[nodiscard]] bool odd() const { return odd_; }

 private:
  bool classify(Token& token);

  std::vector<Token> all_;
  bool odd_ = false;
};

// Kinds of tokens: a name (without colons); a constant, which is a literal or a number.
[[nodiscard]] bool is_name(std::string_view token);
[[nodiscard]] bool is_constant(std::string_view token);

[[nodiscard]] bool is_one_of(std::string_view token, std::initializer_list<std::string_view> all);

}  // namespace vtp
