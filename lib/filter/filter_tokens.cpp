#include "lib/filter/filter_tokens.h"

#include <algorithm>
#include <cctype>

namespace vtp {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool in_name(char c) { return begins_name(c) || is_digit(c) || c == '-' || c == '.'; }

// The length of the first token of a text that is not empty and does not begin with white space.
std::size_t token_length(std::string_view text) {
  const auto while_it = [&](auto belongs) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
  };
  const char first = text[0];
  const char second = text.size() > 1 ? text[1] : ' ';
  if (first == '"' || first == '\'') {
    const std::size_t close = text.find(first, 1);
    return close == text.npos ? text.size() : close + 1;
  }
  if (is_digit(first) || (first == '.' && is_digit(second)))
    return while_it([](char c) { return is_digit(c) || c == '.'; });
  if (begins_name(first)) return while_it(in_name);
  return is_one_of(text.substr(0, 2), {"//", "::", "..", "!=", "<=", ">="}) ? 2 : 1;
}

}  // namespace

bool is_name(std::string_view token) { return begins_name(token[0]); }

bool is_constant(std::string_view token) {
  const char first = token[0];
  return first == '"' || first == '\'' || is_digit(first) ||
         (first == '.' && token.size() > 1 && token[1] != '.');
}

bool is_one_of(std::string_view token, std::initializer_list<std::string_view> all) {
  return std::ranges::find(all, token) != all.end();
}

Tokens::Tokens(std::string_view text) {
  bool after_operand = false;
  std::vector<std::size_t> open;
  while (true) {
    Token token;
    const std::size_t blank = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    token.space = text.substr(0, blank);
    text.remove_prefix(blank);
    if (text.empty()) break;
    token.text = text.substr(0, token_length(text));
    text.remove_prefix(token.text.size());
    token.after_operand = after_operand;
    after_operand = classify(token);
    if (token.text == "(" || token.text == "[") open.push_back(all_.size());
    if (token.text == ")" || token.text == "]") {
      if (open.empty()) {
        odd_ = true;
      } else {
        all_[open.back()].partner = all_.size();
        open.pop_back();
      }
    }
    all_.push_back(token);
  }
  odd_ = odd_ || !open.empty();
}

// Returns whether an operand ends with this token.
bool Tokens::classify(Token& token) {
  const std::string_view text = token.text;
  if (is_name(text) && token.after_operand) {
    token.operates = true;
    odd_ = odd_ || !is_one_of(text, {"and", "or", "div", "mod"});
    return false;
  }
  if (is_name(text) || is_constant(text)) return true;
  if (text == "*" && !token.after_operand) return true;
  token.operates = is_one_of(text, {"*", "+", "-", "|", "=", "!=", "<", "<=", ">", ">="});
  return is_one_of(text, {".", "..", ")", "]"});
}

}  // namespace vtp
